# The Python clients that deploy/test runs, each set in a virtual environment of its own. Sourced, never run.
# Made with the machine's own pip settings (mirrors, certificates), and again only when a requirements file changes.

readonly python=/usr/bin/python3 # Debian's: what python3-venv serves
readonly clients=$repository/.venv-clients

readonly test_packages=(
    "python3-venv=$python -c 'import ensurepip, venv'"
    "openssh-client=command -v ssh-agent"
    "openssl=command -v openssl"
    "faketime=command -v faketime"
)

make_environments() {
    local requirements name directory
    for requirements in "$repository"/Tests/Interop/requirements/*.txt; do
        name=$(basename "$requirements" .txt)
        directory=$repository/.venv-$name
        cmp -s "$requirements" "$directory/made-from.txt" && continue
        rm -rf "$directory"
        "$python" -m venv "$directory"
        "$directory/bin/python" -m pip install --quiet --disable-pip-version-check -r "$requirements"
        cp "$requirements" "$directory/made-from.txt" # last: a run that was broken off starts over
    done
}
