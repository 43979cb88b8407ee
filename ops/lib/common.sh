# shellcheck shell=bash
# Shell functions that every script in ops/ shares. Source it, do not run it.
#
#   . "$(dirname "$0")/../lib/common.sh"
#
# Messages go to standard error, so that standard output stays data.

# say WORDS...  A line of progress.
say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

# die WORDS...  Say why and end with status 1.
die() { say "$*"; exit 1; }

# usage_from_header FILE  Print FILE's leading comment block, which is its --help.
usage_from_header() {
    awk 'NR == 1 { next } /^#/ { sub(/^# ?/, ""); print; next } { exit }' "$1"
}

# tools_dir  Print where downloaded and built tools are kept, outside the work tree.
tools_dir() { realpath -m "${LEAT_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/leat/tools}"; }

# host_arch  This machine's architecture, in the words of Go and Debian.
host_arch() {
    case $(uname -m) in
    x86_64) echo amd64 ;;
    aarch64 | arm64) echo arm64 ;;
    *) die "no support for a $(uname -m) machine" ;;
    esac
}

# version_ge A B  True when version A is B or newer ("v" in front is ignored).
version_ge() { printf '%s\n%s\n' "${2#v}" "${1#v}" | sort -V -C; }

# hold_lock FILE WHAT  Hold FILE's lock until the script ends, waiting for whoever has it.
hold_lock() {
    exec {hold_lock_fd}>>"$1"
    flock -n "$hold_lock_fd" && return
    say "waiting for another run that makes $2"
    flock "$hold_lock_fd"
}

# port_taken PORT  True when a TCP socket of this network namespace has the port.
port_taken() {
    cat /proc/net/tcp /proc/net/tcp6 2>/dev/null |
        awk -v hex="$(printf ':%04X' "$1")" 'substr($2, length($2) - 4) == hex { taken = 1 }
            END { exit !taken }'
}

# free_port [FROM]  Print a free TCP port below the range that outgoing
# connections take theirs from. Nothing reserves it: bind it soon. Without FROM
# the search starts at a number that differs between runs.
free_port() {
    local port=${1:-$((10000 + ($$ * 7 + SECONDS) % 20000))}
    while port_taken "$port"; do
        port=$((port + 1))
        [ "$port" -lt 32768 ] || die "no free port"
    done
    printf '%s\n' "$port"
}

# port_answers HOST PORT  True when something accepts connections there.
port_answers() { (exec 3<>"/dev/tcp/$1/$2") 2>/dev/null; }

# wait_until SECONDS COMMAND...  Try COMMAND every 50 ms until it succeeds; false
# when it has not by then. The condition decides, the pause only spares the CPU.
wait_until() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.05
    done
}

# start_time PID  Print when the process started, in clock ticks since boot. With
# the pid this names one process for good: a pid alone is given out again.
start_time() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d ' ' -f 20; }

# is_alive PID START_TIME  True while that very process runs (a zombie does not).
is_alive() {
    local state
    state=$(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d ' ' -f 1,20) || return 1
    [ "${state#* }" = "$2" ] && [ "${state% *}" != Z ]
}

# is_gone PID START_TIME  The contrary of is_alive, for wait_until.
is_gone() { ! is_alive "$1" "$2"; }

# end_process PID START_TIME [SECONDS]  End that very process: asked first, made
# to after SECONDS (10). False when it is still there.
end_process() {
    is_alive "$1" "$2" || return 0
    kill -TERM "$1" 2>/dev/null || true
    wait_until "${3:-10}" is_gone "$1" "$2" && return
    say "process $1 did not end in ${3:-10} s: killed"
    kill -KILL "$1" 2>/dev/null || true
    wait_until 5 is_gone "$1" "$2"
}

# run_detached LOG COMMAND...  Start COMMAND in a session of its own, with nothing of
# this script's open (a lock held by accident would never be released), its words
# in LOG, and set $detached_pid.
# shellcheck disable=SC2034  # detached_pid is for the caller
run_detached() {
    local log=$1
    shift
    (
        for fd in /proc/"$BASHPID"/fd/*; do
            fd=${fd##*/}
            [ "$fd" -le 2 ] || eval "exec $fd>&-"
        done
        exec setsid "$@" </dev/null >"$log" 2>&1
    ) &
    detached_pid=$!
}
