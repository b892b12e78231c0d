#!/bin/sh
# Make sure a browser is there for the browser tests, or say plainly that they will be skipped.
set -eu
if command -v chromium >/dev/null 2>&1; then exit 0; fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing chromium and Japanese fonts for the browser tests" >&2
    if apt-get update -q </dev/null >/dev/null 2>&1 &&
        DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends chromium fonts-noto-cjk </dev/null >/dev/null 2>&1; then
        exit 0
    fi
fi
echo "no chromium here and it cannot be installed: the browser tests will be SKIPPED (Debian: apt-get install chromium fonts-noto-cjk)" >&2
