# shellcheck shell=bash
# Part of ./kafka: makes a folder of brokers ready for its first start. dir, brokers,
# addresses, first_port, tls, sasl, options, java and libs are that script's.
# shellcheck disable=SC2154

# next_port  Set $port to the next free port that was not given out yet.
next_port() {
    port=$(free_port "$search_from")
    search_from=$((port + 1))
}

# join_by_comma WORDS...
join_by_comma() { local IFS=,; printf '%s\n' "$*"; }

# make_certificates  A CA, a server and a client certificate in DIR/tls.
make_certificates() (
    cd "$dir/tls" || exit
    sans=DNS:localhost$(printf ',IP:%s' "${addresses[@]}")
    new_key=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)
    openssl req -x509 "${new_key[@]}" -days 3650 -subj '/CN=Test CA of this Kafka' \
        -keyout ca.key -out ca.pem
    for name in server client; do
        openssl req "${new_key[@]}" -subj "/CN=$name" -keyout "$name.key" -out "$name.csr"
        openssl x509 -req -days 3650 -CA ca.pem -CAkey ca.key -CAcreateserial -in "$name.csr" \
            -out "$name.pem" -extfile <(printf 'subjectAltName=%s\n' "$sans")
    done
    (umask 077 && cat server.key server.pem >keystore.pem)
    rm -- *.csr *.srl
)

# add_listener KIND PROTOCOL SUFFIX [PORT]  Give the broker that is being configured a
# listener on every address, noted in DIR/bootstrap.ADDRESS<SUFFIX>. Kafka wants a
# port for each of them; PORT is the first one's.
add_listener() {
    local i port=${4:-}
    for i in "${!addresses[@]}"; do
        [ -n "$port" ] || next_port
        listeners+=("$1_$i://${addresses[i]}:$port")
        protocols+=("$1_$i:$2")
        echo "${addresses[i]}:$port" >>"$dir/bootstrap.${addresses[i]}$3"
        port=''
    done
}

# broker_properties ID  Print broker ID's configuration.
broker_properties() {
    local id=$1 all listeners=() protocols=()
    add_listener PLAIN PLAINTEXT '' "${main_ports[id]}"
    if [ "$tls" = 1 ]; then
        add_listener TLS SSL .tls
        printf '%s\n' \
            "ssl.keystore.type=PEM" \
            "ssl.keystore.location=$dir/tls/keystore.pem" \
            "ssl.truststore.type=PEM" \
            "ssl.truststore.location=$dir/tls/ca.pem" \
            "ssl.client.auth=requested"
    fi
    if [ "$sasl" = 1 ]; then
        add_listener SASL "SASL_$([ "$tls" = 1 ] && echo SSL || echo PLAINTEXT)" .sasl
        local module=org.apache.kafka.common.security i
        echo "sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256"
        for i in "${!addresses[@]}"; do
            printf "listener.name.sasl_$i.%s.sasl.jaas.config=$module.%s required%s;\n" \
                plain plain.PlainLoginModule " user_leat=\"$password\"" \
                scram-sha-256 scram.ScramLoginModule ''
        done
    fi
    if [ "$tls$sasl" != 00 ]; then
        printf '%s\n' \
            "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer" \
            "super.users=User:ANONYMOUS" \
            "allow.everyone.if.no.acl.found=true"
    fi
    all=$(join_by_comma "${listeners[@]}")
    printf '%s\n' \
        "process.roles=broker,controller" \
        "node.id=$id" \
        "controller.quorum.voters=$(join_by_comma "${voters[@]}")" \
        "controller.listener.names=CONTROLLER" \
        "listeners=$all,CONTROLLER://${voters[id - 1]#*@}" \
        "advertised.listeners=$all" \
        "listener.security.protocol.map=$(join_by_comma "${protocols[@]}"),CONTROLLER:PLAINTEXT" \
        "inter.broker.listener.name=PLAIN_0" \
        "log.dirs=$dir/broker-$id/data" \
        "num.network.threads=2" \
        "num.io.threads=4" \
        "auto.create.topics.enable=false" \
        "group.initial.rebalance.delay.ms=0" \
        "default.replication.factor=$brokers" \
        "min.insync.replicas=$in_sync" \
        "offsets.topic.num.partitions=8" \
        "offsets.topic.replication.factor=$brokers" \
        "transaction.state.log.num.partitions=8" \
        "transaction.state.log.replication.factor=$brokers" \
        "transaction.state.log.min.isr=$in_sync" \
        "share.coordinator.state.topic.replication.factor=$brokers" \
        "share.coordinator.state.topic.min.isr=$in_sync"
}

# choose_ports  Set main_ports[ID] and voters: the controllers follow the brokers.
choose_ports() {
    local id
    search_from=${first_port:-$(free_port)}
    for ((id = 1; id <= brokers; id++)); do
        next_port
        [ -z "$first_port" ] || [ "$port" = $((first_port + id - 1)) ] ||
            die "port $((first_port + id - 1)) is taken"
        main_ports[id]=$port
    done
    for ((id = 1; id <= brokers; id++)); do
        next_port
        voters+=("$id@${addresses[0]}:$port")
    done
}

# format_storage ID  Make broker ID's data folder.
format_storage() {
    local arguments=()
    [ "$sasl" = 0 ] || arguments=(--add-scram "SCRAM-SHA-256=[name=leat,password=$password]")
    "${java[@]}" -Dorg.slf4j.simpleLogger.defaultLogLevel=error -cp "$libs/*" kafka.tools.StorageTool format -t "$cluster" \
        -c "$dir/broker-$1/server.properties" "${arguments[@]}"
}

# random_word BYTES  Print that much randomness in letters and digits.
random_word() { head -c "$1" /dev/urandom | base64 | tr '+/' 'AB' | tr -d '=\n'; }

# configure  Make $dir ready. Its file "options" comes last: while that is missing,
# what is there is the rest of an attempt that did not get this far.
configure() {
    local id file in_sync=1 port search_from password='' cluster log=$dir/configure.log
    local main_ports=() voters=() pids=()
    [ "$brokers" = 1 ] || in_sync=2
    rm -rf "$dir"/broker-[123] "$dir/tls" "$dir/password" "$dir"/bootstrap*
    choose_ports
    if [ "$tls" = 1 ]; then
        mkdir -m 700 "$dir/tls"
        make_certificates >"$log" 2>&1 || { cat "$log" >&2; die "openssl failed"; }
    fi
    if [ "$sasl" = 1 ]; then
        password=$(random_word 18)
        (umask 077 && echo "$password" >"$dir/password")
    fi
    cluster=$(random_word 16)
    for ((id = 1; id <= brokers; id++)); do
        mkdir -m 700 "$dir/broker-$id"
        broker_properties "$id" >"$dir/broker-$id/server.properties"
        format_storage "$id" >"$dir/broker-$id/format.log" 2>&1 &
        pids+=($!)
    done
    for ((id = 1; id <= brokers; id++)); do
        wait "${pids[id - 1]}" ||
            { cat "$dir/broker-$id/format.log" >&2; die "could not format broker $id's storage"; }
    done
    for file in "$dir"/bootstrap.*; do
        paste -s -d , "$file" >"$file.new"
        mv "$file.new" "$file"
    done
    # Without the address in its name: the first address.
    for file in "$dir/bootstrap.${addresses[0]}"*; do
        cp "$file" "$dir/bootstrap${file#"$dir/bootstrap.${addresses[0]}"}"
    done
    echo "$options" >"$dir/options"
}
