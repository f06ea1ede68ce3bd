# Shared by tools/sam-invoke and tools/invoke-all: one AWS emulator for the containers of `sam local
# invoke`. Source this file; then call start_emulator once and sam_invoke for each event. Everything
# stops when the script ends.
#
# A container has its own loopback, so the emulator listens on the host's end of a separate Docker
# network. The functions get the variables of the stack that is deployed on the emulator. The
# template does not contain the emulator's address, so the script adds it to a copy of the built
# template.

cd "$(dirname "${BASH_SOURCE[0]}")/.."
export PATH="$PWD/.tools/cargo-lambda/bin:$PWD/.tools/sam/bin:$PATH"
export SAM_CLI_TELEMETRY=0
# Fake credentials; the user's own AWS profiles and configuration are not read.
export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
unset AWS_PROFILE AWS_DEFAULT_PROFILE AWS_SESSION_TOKEN

image=public.ecr.aws/lambda/provided:al2023-x86_64
network=bridge-sam-local-$$
folder=
local_aws=

fail() {
    echo "${0##*/}: $*" >&2
    exit 1
}

end() {
    # Reset the trap first: an interrupt may arrive twice.
    trap - EXIT
    if [[ -n $local_aws ]]; then
        kill -TERM "$local_aws" 2>/dev/null || true
        wait "$local_aws" 2>/dev/null || true
    fi
    docker network rm "$network" >/dev/null 2>&1 || true
    [[ -z $folder ]] || rm -rf "$folder"
    # `sam` resolves paths relative to the template's folder, so the copy had to be beside the
    # build.
    rm -f ".aws-sam/local-aws/$network.yaml"
}

docker_is_there() {
    docker info >/dev/null 2>&1
}

# The deployed stack with the sample configuration, reachable from containers.
start_emulator() {
    docker_is_there || fail "no Docker engine answers, and \`sam local invoke\` runs functions in containers.
Install Docker (https://docs.docker.com/engine/install/), start it and try again. Without it, \`make local-aws\` runs the
same functions as plain processes."
    tools/install
    trap end EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    folder=$(mktemp -d)
    docker network create "$network" >/dev/null
    local host
    host=$(docker network inspect --format '{{(index .IPAM.Config 0).Gateway}}' "$network")
    # BUILT says that `make build` has built both packages. It enables more features, so building
    # them here would compile the AWS SDK a second time.
    [[ -n ${BUILT:-} ]] || cargo build --quiet --package local-aws --package bridge
    # shellcheck disable=SC2086 # several words on purpose
    "$(tools/target)/debug/local-aws" --port 0 --emulator-host "$host" --config events/bridge.json \
        --state "$folder/state.json" ${LOCAL_AWS_OPTIONS:-} >"$folder/log" 2>&1 &
    local_aws=$!
    until [[ -f $folder/state.json ]]; do
        if ! kill -0 "$local_aws" 2>/dev/null; then
            cat "$folder/log" >&2
            fail "the stack could not be brought up"
        fi
        sleep 0.2
    done
    prepare
}

# Writes the functions' variables, and the copy of the template that declares the variable for the
# emulator's address.
prepare() {
    .tools/sam/bin/python - "$folder" ".aws-sam/local-aws/$network.yaml" <<'PYTHON'
import json, sys, urllib.request
from samcli.yamlhelper import yaml_dump, yaml_parse

folder, copy = sys.argv[1:]
state = json.load(open(f"{folder}/state.json"))
built = yaml_parse(open(".aws-sam/local-aws/template.yaml").read())
variables = {}
for name, resource in built["Resources"].items():
    if resource["Type"] != "AWS::Serverless::Function":
        continue
    function = f"{state['emulator']}/2015-03-31/functions/{state['outputs'][name]}/configuration"
    environment = json.load(urllib.request.urlopen(function))["Environment"]["Variables"]
    variables[name] = {**environment, "AWS_ENDPOINT_URL": state["emulator"]}
    declared = resource["Properties"].setdefault("Environment", {}).setdefault("Variables", {})
    declared["AWS_ENDPOINT_URL"] = ""
json.dump(variables, open(f"{folder}/variables.json", "w"))
open(copy, "w").write(yaml_dump(built))
PYTHON
}

# sam_invoke FUNCTION EVENT: writes the answer to stdout and the function's log to stderr.
sam_invoke() {
    local pull=()
    ! docker image inspect "$image" >/dev/null 2>&1 || pull=(--skip-pull-image)
    sam local invoke "$1" --event "$2" --template-file ".aws-sam/local-aws/$network.yaml" \
        --env-vars "$folder/variables.json" --docker-network "$network" "${pull[@]}"
}

# Prints the function's name in the template, given that name or the name of its package.
function_of() {
    local name
    name=$(sed -E 's/(^|-)([a-z])/\U\2/g' <<<"$1")
    name=${name%Function}Function
    [[ $name =~ ^(GenesysWebhook|LynnInbound|GenesysSender|LynnSender|GenesysEvents|ConversationScheduler)Function$ ]] ||
        fail "no function $1; there are genesys-webhook, lynn-inbound, genesys-sender, lynn-sender, genesys-events,
conversation-scheduler"
    echo "$name"
}
