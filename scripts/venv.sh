#!/bin/sh
# Make .venv with the first Python >= 3.11 that can build one. Usage: scripts/venv.sh [runtime|dev]
# PYTHON=/path/to/python chooses another; MALL_PIP_ARGS is appended to pip install.
set -eu
cd "$(dirname "$0")/.."
probe='import sys; sys.exit(0 if sys.version_info >= (3, 11) else 3)'
for python in ${PYTHON:-python3.11 python3.12 python3.13 python3.14 python3}; do
    if "$python" -c "$probe" >/dev/null 2>&1; then
        exec "$python" scripts/venv.py "${1:-runtime}"
    fi
done
echo "make: no Python 3.11 or newer found (tried: ${PYTHON:-python3.11 python3.12 python3.13 python3.14 python3}); on Debian or Ubuntu: apt-get install python3 python3-venv" >&2
exit 2
