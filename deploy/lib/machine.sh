# What deploy/run and deploy/test ask of the machine: a Swift toolchain, Debian's packages, the release build.
# Sourced, never run. Expects `set -euo pipefail` and $repository.

# The oldest toolchain the package builds with.
readonly swift_needed=6.2

# package=probe: the package is missing when the probe fails. A probe looks for the thing itself, so that
# whatever provides it (pkgconf, a PostgreSQL of another vendor) is left alone.

# What the Swift toolchain itself runs and links with (swift.org's list for Debian 12).
readonly toolchain_packages=(
    "binutils=command -v ld.gold"
    "libc6-dev=test -e /usr/include/stdio.h"
    "libstdc++-12-dev=ls /usr/lib/gcc/*/*/libstdc++.so"
    "libcurl4-openssl-dev=has_library libcurl.so.4"
    "libxml2-dev=has_library libxml2.so.2"
    "libsqlite3-0=has_library libsqlite3.so.0"
    "libncurses6=has_library libncurses.so.6"
    "libedit2=has_library libedit.so.2"
    "tzdata=test -d /usr/share/zoneinfo"
)

# What the package builds and runs with.
readonly build_packages=(
    "git=command -v git"
    "ca-certificates=test -s /etc/ssl/certs/ca-certificates.crt"
    "pkg-config=command -v pkg-config"
    "libsodium-dev=pkg-config --exists libsodium"
    "libpq-dev=pkg-config --exists libpq"
    "libcurl4-openssl-dev=pkg-config --exists libcurl"
    "zlib1g-dev=pkg-config --exists zlib"
    "libqrencode-dev=pkg-config --exists libqrencode"
    "postgresql=has_postgres_server"
)

say() { printf '==> %s\n' "$*" >&2; }

# Prints why and stops. Usage: die STATUS LINE...
die() {
    local status=$1
    shift
    printf '%s\n' "$@" >&2
    exit "$status"
}

has_library() { grep -qF "$1 " <(/sbin/ldconfig -p); }

has_postgres_server() {
    local binary
    for binary in /usr/lib/postgresql/*/bin/initdb; do
        [[ -x $binary ]] && return 0
    done
    command -v initdb && command -v postgres
}

# Stops with status 1 where no Swift, or one older than $swift_needed, is on PATH.
require_swift() {
    local advice="Install Swift $swift_needed or newer and put it on PATH: https://www.swift.org/install/linux/ (Debian 12)."
    command -v swift >/dev/null ||
        die 1 "No Swift toolchain: there is no \`swift\` on PATH." "$advice"

    local said version
    if ! said=$(swift --version 2>&1) && [[ $said == *"loading shared libraries"* ]]; then
        install_missing "${toolchain_packages[@]}"
        said=$(swift --version 2>&1) || true
    fi
    version=$(sed -nE 's/.*Swift version ([0-9]+\.[0-9]+).*/\1/p' <<<"$said" | head -n 1)
    [[ -n $version ]] ||
        die 1 "$(command -v swift) does not say which version of Swift it is, but:" "$said" "$advice"
    if [[ $(printf '%s\n' "$swift_needed" "$version" | sort -V | head -n 1) != "$swift_needed" ]]; then
        die 1 "Swift $version ($(command -v swift)) is too old." "$advice"
    fi
}

# Installs those of the named packages whose probe fails. Usage: install_missing PACKAGE=PROBE...
install_missing() {
    local entry missing=()
    for entry in "$@"; do
        eval "${entry#*=}" >/dev/null 2>&1 || missing+=("${entry%%=*}")
    done
    ((${#missing[@]})) || return 0

    command -v apt-get >/dev/null ||
        die 1 "Missing: ${missing[*]} (Debian's names). This machine has no apt-get: install their equivalents, then try again."

    local root=()
    if ((EUID != 0)); then
        command -v sudo >/dev/null ||
            die 1 "Missing packages, and installing them needs root. As root, run:" "  apt-get update && apt-get install ${missing[*]}"
        root=(sudo)
    fi

    say "installing ${missing[*]}"
    "${root[@]}" apt-get update -q
    local policy=/etc/postgresql-common/createcluster.d/bonded.conf
    if [[ " ${missing[*]} " == *" postgresql "* ]]; then
        # Debian's package starts a cluster of its own when first installed; a private one is all we need.
        "${root[@]}" mkdir -p "${policy%/*}"
        echo "create_main_cluster = false" | "${root[@]}" tee "$policy" >/dev/null
    fi
    # Nor do nginx and the like need to start as services. 101 is "not allowed".
    local starts=/usr/sbin/policy-rc.d made_starts=
    if [[ ! -e $starts ]]; then
        made_starts=$starts
        printf '#!/bin/sh\nexit 101\n' | "${root[@]}" tee "$starts" >/dev/null
        "${root[@]}" chmod 755 "$starts"
    fi
    local status=0
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" ||
        status=$?
    "${root[@]}" rm -f "$policy" ${made_starts:+"$made_starts"}
    ((status == 0)) || die 1 "apt-get could not install ${missing[*]}."
}

# The programs, built as users run them: with Swift's libraries inside, so that they run on machines without Swift.
build_release() {
    (cd "$repository" && swift build -c release --static-swift-stdlib)
}
