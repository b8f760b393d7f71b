#!/bin/sh
# Copies the database and the key files of a data folder while other processes use them.
# Usage: backup.sh DATA_DIR TARGET_DIR    (prints the folder of the copy)
set -eu
umask 077
data=$1
copy=$2/$(date -u +%Y%m%dT%H%M%SZ)
mkdir -p "$copy"
python3 - "$data/zsf.sqlite3" "$copy/zsf.sqlite3" <<'PY'
import sqlite3
import sys

source = sqlite3.connect(f"file:{sys.argv[1]}?mode=rw", uri=True, timeout=60)
source.execute("VACUUM INTO ?", (sys.argv[2],))
PY
# The previous key too: the copy of the database may be from just before the key was changed.
for key in secret.key secret.key.previous; do
    if [ -e "$data/$key" ]; then
        cp "$data/$key" "$copy/"
    fi
done
echo "$copy"
