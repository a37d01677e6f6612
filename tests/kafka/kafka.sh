#!/usr/bin/env bash
# A real Apache Kafka of one node (KRaft, broker and controller in one) on loopback, for tests.
#
#   kafka.sh start DIR [PORT] [key=value...]   prints the bootstrap address when it is ready
#   kafka.sh stop DIR [SIGNAL]                 TERM by default; KILL for a crash
#   kafka.sh resolve                           only fetches the jars
#
# DIR keeps configuration, data, log (kafka.log) and pid (kafka.pid): start on a DIR that was used
# before is a restart at the same address. key=value adds to or overrides the settings below.
# The jars come from Maven, once, into the cache. Needs Java 17 and python3.
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly HERE
readonly START_LIMIT_S=60 STOP_LIMIT_S=30
VERSION=$(sed -n 's|.*<kafka.version>\(.*\)</kafka.version>.*|\1|p' "$HERE/pom.xml")
readonly VERSION
readonly JARS=${XDG_CACHE_HOME:-$HOME/.cache}/groundswell/kafka-$VERSION
readonly CLUSTER_ID=Z3JvdW5kc3dlbGwtdGVzdA # 16 bytes, as Kafka wants it

die() {
    printf 'kafka.sh: %s\n' "$*" >&2
    exit 1
}

resolve() {
    [ -e "$JARS/.complete" ] && return
    local log
    mkdir -p "$JARS"
    exec 9>"$JARS.lock"
    flock 9
    if [ ! -e "$JARS/.complete" ]; then
        printf 'kafka.sh: fetching Apache Kafka %s\n' "$VERSION" >&2
        log=$JARS/resolve.log
        mvn -B -q -f "$HERE/pom.xml" dependency:copy-dependencies -DincludeScope=runtime \
            -DoutputDirectory="$JARS" >"$log" 2>&1 </dev/null || {
            tail -n 15 "$log" >&2
            die "Maven could not resolve Apache Kafka $VERSION (whole log: $log)"
        }
        touch "$JARS/.complete"
    fi
    exec 9>&-
}

free_ports() { # COUNT
    python3 -c '
import socket, sys
held = [socket.create_server(("127.0.0.1", 0)) for _ in range(int(sys.argv[1]))]
print(*(s.getsockname()[1] for s in held))' "$1"
}

write_settings() { # DIR PORT CONTROLLER_PORT [key=value...]
    cat >"$1/server.properties" <<CONF
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$3
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:$2,CONTROLLER://127.0.0.1:$3
advertised.listeners=PLAINTEXT://127.0.0.1:$2
log.dirs=$1/data
num.network.threads=2
num.io.threads=2
log.cleaner.threads=1
log.cleaner.dedupe.buffer.size=8000000
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
offsets.topic.num.partitions=5
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
CONF
    printf '%s\n' "${@:4}" >>"$1/server.properties"
}

java_run() { # heap, class, arguments
    exec java "-Xmx$1" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
        -Dlog4j.configuration="file:$HERE/log4j.properties" -cp "$JARS/*" "${@:2}"
}

# A dead process that nobody has reaped yet does not count, nor does another program's process that
# got the same number.
is_alive() { # PID
    grep -qs java "/proc/$1/cmdline"
}

is_running() { # DIR
    [ -s "$1/kafka.pid" ] && is_alive "$(<"$1/kafka.pid")"
}

wait_ready() { # DIR FIRST_LINE
    local deadline=$((SECONDS + START_LIMIT_S))
    while ! tail -n "+$2" "$1/kafka.log" | grep -q 'Kafka Server started'; do
        is_running "$1" || {
            grep -E 'ERROR|Exception' "$1/kafka.log" | tail -n 5 >&2
            die "the broker died while starting (log: $1/kafka.log)"
        }
        [ "$SECONDS" -lt "$deadline" ] || {
            stop "$1" KILL
            die "the broker was not ready within $START_LIMIT_S s (log: $1/kafka.log)"
        }
        sleep 0.1
    done
}

start() { # DIR [PORT] [key=value...]
    local dir port='' controller ports first
    [ $# -ge 1 ] || die "start needs a folder"
    mkdir -p "$1"
    dir=$(cd "$1" && pwd)
    shift
    case ${1:-} in '' | *=*) ;; *) port=$1 && shift ;; esac
    is_running "$dir" && die "already running in $dir (pid $(<"$dir/kafka.pid"))"
    resolve
    if [ ! -e "$dir/server.properties" ]; then
        ports=$(free_ports 2)
        controller=${ports#* }
        port=${port:-${ports% *}}
        write_settings "$dir" "$port" "$controller" "$@"
        (java_run 128m kafka.tools.StorageTool format -t "$CLUSTER_ID" \
            -c "$dir/server.properties") >"$dir/format.log" 2>&1 || {
            grep -E 'Exception|ERROR' "$dir/format.log" | head -n 3 >&2
            rm -f "$dir/server.properties"
            die "formatting the storage failed (log: $dir/format.log)"
        }
        printf '127.0.0.1:%s\n' "$port" >"$dir/bootstrap"
    fi
    touch "$dir/kafka.log"
    first=$(($(wc -l <"$dir/kafka.log") + 1))
    (java_run 512m kafka.Kafka "$dir/server.properties") >>"$dir/kafka.log" 2>&1 </dev/null &
    printf '%s\n' "$!" >"$dir/kafka.pid"
    until is_alive "$!" || ! kill -0 "$!" 2>/dev/null; do sleep 0.01; done # until its exec
    wait_ready "$dir" "$first"
    cat "$dir/bootstrap"
}

stop() { # DIR [SIGNAL]
    local pid deadline=$((SECONDS + STOP_LIMIT_S))
    [ $# -ge 1 ] || die "stop needs a folder"
    is_running "$1" || {
        rm -f "$1/kafka.pid"
        return 0
    }
    pid=$(<"$1/kafka.pid")
    kill -s "${2:-TERM}" "$pid" 2>/dev/null || true
    while is_alive "$pid"; do
        if [ "$SECONDS" -ge "$deadline" ]; then
            printf 'kafka.sh: pid %s did not stop within %s s, killing it\n' "$pid" \
                "$STOP_LIMIT_S" >&2
            kill -s KILL "$pid" 2>/dev/null || true
            deadline=$((SECONDS + STOP_LIMIT_S))
        fi
        sleep 0.1
    done
    rm -f "$1/kafka.pid"
}

case ${1:-} in
start | stop) "$@" ;;
resolve) resolve ;;
*)
    sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2
    exit 64
    ;;
esac
