# Read by ./run and ./test: sets $python to the first Python that is recent enough, or says so and ends.
python=''
for candidate in python3 python3.13 python3.12 python3.11; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    found=$(python3 --version 2>/dev/null) || found='no Python 3'
    echo "Lincassable needs Python 3.11 or newer, and this machine has $found: install it (apt-get install python3 python3-venv) and try again." >&2
    exit 1
fi
