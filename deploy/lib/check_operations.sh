# Checks what stands in deploy/ for operators: units, the proxy's configuration, alerts. Sourced, never run.
# Expects `set -euo pipefail`, machine.sh and $repository.

readonly operations_packages=(
    "systemd=command -v systemd-analyze && command -v systemd-sysusers && command -v systemd-tmpfiles"
    "nginx=has_nginx"
    "prometheus=command -v promtool"
    "openssl=command -v openssl"
    "util-linux=command -v setpriv"
)

has_nginx() { command -v nginx || [[ -x /usr/sbin/nginx ]]; }

check_operations() {
    local scratch
    scratch=$(mktemp -d)
    # shellcheck disable=SC2064 # the folder of now
    trap "rm -rf '$scratch'" EXIT
    check_units "$scratch"
    check_proxy "$scratch"
    promtool check rules "$repository/deploy/prometheus/alerts.yml"
    promtool test rules "$repository/deploy/prometheus/alerts_test.yml"
}

# A machine of its own in a folder: Debian's units, ours, their users and folders, and a program where they expect one.
check_units() {
    local root=$1/machine units=() unit said
    mkdir -p "$root/etc/systemd/system" "$root/usr/lib/systemd" "$root/usr/local/bin" "$root/usr/local/lib/sysusers.d" \
        "$root/usr/local/lib/tmpfiles.d"
    cp -r /lib/systemd/system "$root/usr/lib/systemd/"
    install -m 755 /bin/true "$root/usr/local/bin/bonded"
    cp "$repository"/deploy/systemd/*.{service,timer} "$root/etc/systemd/system/"
    cp "$repository/deploy/systemd/bonded.sysusers.conf" "$root/usr/local/lib/sysusers.d/bonded.conf"
    cp "$repository/deploy/systemd/bonded.tmpfiles.conf" "$root/usr/local/lib/tmpfiles.d/bonded.conf"

    for unit in "$repository"/deploy/systemd/*.{service,timer}; do units+=("${unit##*/}"); done
    # It exits with 0 in spite of unknown directives: nothing at all may be said.
    said=$(systemd-analyze verify --man=no --recursive-errors=no --root="$root" "${units[@]}" 2>&1) || true
    [[ -z $said ]] || die 1 "$said"
    # 10 is an exposure of 1.0.
    for unit in "$repository"/deploy/systemd/*.service; do
        systemd-analyze security --offline=true --root="$root" --threshold=10 --no-pager "${unit##*/}" |
            grep -F "Overall exposure level" || die 1 "${unit##*/} is exposed too much."
    done

    local user
    systemd-sysusers --root="$root"
    for user in $(sed -nE 's/^User=//p' "$repository"/deploy/systemd/*.service); do
        grep -q "^$user:" "$root/etc/passwd" || die 1 "sysusers makes no user $user."
    done
    if ((EUID == 0)); then
        systemd-tmpfiles --create --root="$root"
        expect_folder "$root" /var/lib/bonded/blobs 770 bonded-serve
        expect_folder "$root" /var/lib/bonded-sign 700 bonded-sign
    fi
}

# Usage: expect_folder ROOT FOLDER MODE USER, the user by the name that it has inside of the root.
expect_folder() {
    local uid
    uid=$(sed -nE "s/^$4:[^:]*:([0-9]+):.*/\1/p" "$1/etc/passwd")
    [[ $(stat -c '%a %u' "$1$2") == "$3 $uid" ]] || die 1 "$2 is not $4's alone: $(stat -c '%a %u' "$1$2")"
}

# The configuration, with throw-away certificates and with ports that anybody may take.
check_proxy() {
    local folder=$1/nginx name kind
    mkdir -p "$folder/tls"
    for name in index administrators; do
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj "/CN=$name" \
            -keyout "$folder/tls/$name.key" -out "$folder/tls/$name.pem" 2>/dev/null
    done
    sed -E "s|/etc/bonded/tls|$folder/tls|; s/^( *listen .*)\b(80|443)\b/\110\2/" \
        "$repository/deploy/nginx/bonded.conf" >"$folder/bonded.conf"
    {
        printf 'pid %s/nginx.pid;\nevents {}\nhttp {\n    access_log off;\n' "$folder"
        for kind in client_body proxy fastcgi uwsgi scgi; do printf '    %s_temp_path %s/temporary;\n' $kind "$folder"; done
        printf '    include %s/bonded.conf;\n}\n' "$folder"
    } >"$folder/nginx.conf"
    PATH=$PATH:/usr/sbin nginx -t -q -e "$folder/error.log" -c "$folder/nginx.conf"
}
