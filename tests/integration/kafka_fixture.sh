#!/bin/bash
# Usage: kafka_fixture.sh start DIR | run DIR COMMAND [ARGUMENT...] | stop DIR
#
# A Kafka broker for tests: ctest runs start before the first test that requires the
# fixture "kafka" and stop after the last. run gives a test the bootstrap servers in
# LEAT_TEST_KAFKA; where that is set already, the broker it names is used instead.
set -euo pipefail
kafka=$(cd "$(dirname "$0")/../../ops/kafka" && pwd)/kafka

command=$1 dir=$2
shift 2
if [ "$command" = run ]; then
    LEAT_TEST_KAFKA=${LEAT_TEST_KAFKA:-$(cat "$dir/bootstrap")}
    export LEAT_TEST_KAFKA
    exec "$@"
fi
[ -z "${LEAT_TEST_KAFKA:-}" ] || exit 0
case $command in
start)
    "$kafka" start --dir "$dir"
    ;;
stop)
    "$kafka" stop --dir "$dir"
    rm -rf "$dir"
    ;;
*)
    echo "no such command: $command" >&2
    exit 2
    ;;
esac
