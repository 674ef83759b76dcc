#!/bin/sh
# The chart is rendered by helm in each way it can be set up, and what comes out is asked of Kubernetes' schemas and those of its operators;
# compose.yaml of Compose's. Programs and schemas are Go modules, built and kept in CACHE (target/deploy-tools): ten minutes of
# building at the first time. Needs Go 1.25 or later, and Debian's python3-yaml and python3-jsonschema.
# Usage: deploy/helm/verify.sh
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
cache=${CACHE:-$root/target/deploy-tools}
helm=helm.sh/helm/v3
helm_version=v3.19.5
validate=sigs.k8s.io/kubectl-validate
validate_version=v0.0.4
operator=github.com/prometheus-operator/prometheus-operator@v0.85.0
keda=github.com/kedacore/keda/v2@v2.16.1
kubernetes=1.30
compose=github.com/compose-spec/compose-go/v2@v2.16.2

command -v go > /dev/null || { echo "missing: go 1.25 or later (Debian: golang-go from backports, or https://go.dev/dl), which builds helm and kubectl-validate" >&2; exit 1; }
mkdir -p "$cache"
cd "$cache"
[ -x "$cache/helm" ] || GOFLAGS="" GOBIN=$cache nice go install -p 1 "$helm/cmd/helm@$helm_version"
[ -x "$cache/kubectl-validate" ] || GOFLAGS="" GOBIN=$cache nice go install -p 1 "$validate@$validate_version"
# The folder of a module that holds schemas, and no program of ours.
module() { go mod download -json "$1" | sed -n 's/^\t"Dir": "\(.*\)",*$/\1/p'; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/crds"
from=$(module "$operator")
cp "$from/example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml" \
    "$from/example/prometheus-operator-crd/monitoring.coreos.com_prometheusrules.yaml" "$work/crds"
cp "$(module "$keda")/config/crd/bases/keda.sh_scaledobjects.yaml" "$work/crds"
chmod -R u+w "$work/crds"

chart=$here/bellhop
"$cache/helm" lint --strict --kube-version "$kubernetes.0" "$chart" 2> "$work/told" || { cat "$work/told" >&2; exit 1; }
# render NAME OPTIONS: one file of manifests, valid by every schema.
render() {
    name=$1
    shift
    "$cache/helm" template bellhop "$chart" --namespace bellhop --kube-version "$kubernetes.0" "$@" \
        > "$work/$name.yaml" 2> "$work/told" || { cat "$work/told" >&2; exit 1; }
    "$cache/kubectl-validate" --version "$kubernetes" --local-crds "$work/crds" "$work/$name.yaml" > "$work/told" 2>&1 ||
        { cat "$work/told" >&2; echo "$name: not valid" >&2; exit 1; }
    echo "$name: $(grep -c '^kind:' "$work/$name.yaml") objects, valid"
}
everything="--set ingress.enabled=true --set ingress.className=nginx --set monitoring.serviceMonitor.enabled=true --set monitoring.rules.enabled=true
    --set files[0]=firebase --set environmentFrom[0]=smsc --set image.pullSecrets[0]=registry --set podAnnotations.a=b"
render plain
# shellcheck disable=SC2086 # several words on purpose
render everything-by-keda $everything --set autoscaling.by=keda
# shellcheck disable=SC2086
render everything-by-hpa $everything --set autoscaling.by=hpa
# refused WHAT OPTIONS: the schema of the values says no.
refused() {
    what=$1
    shift
    "$cache/helm" template bellhop "$chart" --kube-version "$kubernetes.0" "$@" 2>&1 > /dev/null |
        grep -q "values don't meet the specifications of the schema" || { echo "values.schema.json takes $what" >&2; exit 1; }
}
refused "/metrics on the public host" --set ingress.enabled=true --set 'ingress.paths[0]=/metrics'
refused "a lane of the API" --set roles.api.lane=marketing
refused "an unknown key" --set replicas=3
# found SED: manifests that are wrong in this way are found, so what is looked at is really looked at.
found() {
    sed "$1" "$work/everything-by-keda.yaml" > "$work/wrong.yaml"
    ! cmp -s "$work/wrong.yaml" "$work/everything-by-keda.yaml" || { echo "nothing to make wrong by $1" >&2; exit 1; }
    ! "$cache/kubectl-validate" --version "$kubernetes" --local-crds "$work/crds" "$work/wrong.yaml" > /dev/null 2>&1 ||
        { echo "kubectl-validate does not find $1" >&2; exit 1; }
}
found 's/replicas: 2$/replicas: two/'
found 's/minReplicaCount: 2$/minReplicaCount: two/'
found 's/^      interval: 15s/      intervall: 15s/'
found 's/readOnlyRootFilesystem/readOnlyRootFileSystem/'

/usr/bin/python3 - "$root/deploy/compose/compose.yaml" "$(module "$compose")/schema/compose-spec.json" <<'CHECK'
import json, sys, jsonschema, yaml
compose, schema = yaml.safe_load(open(sys.argv[1])), json.load(open(sys.argv[2]))
jsonschema.validate(compose, schema)
print(f"compose.yaml: {len(compose['services'])} services, valid")
CHECK
