"""Reads the files of deploy/ as their programs would, and asks whether they fit each other. Usage: check.py (Debian's python3-yaml, -jsonschema)"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import tomllib

import jsonschema
import yaml

DEPLOY = pathlib.Path(__file__).resolve().parent
ROOT = DEPLOY.parent


def read_yaml(path):
    return yaml.safe_load((DEPLOY / path).read_text())


def compose():
    """Each name is defined, each of our containers is closed, and only the machine itself reaches a port."""
    whole = read_yaml("compose/compose.yaml")
    services = whole["services"]
    with tempfile.TemporaryDirectory() as copy:
        subprocess.run(["cp", "-r", str(DEPLOY / "compose"), copy], check=True)
        subprocess.run(["rm", "-rf", f"{copy}/compose/secrets"], check=True)
        subprocess.run([f"{copy}/compose/secrets.sh"], check=True, capture_output=True)
        for name, secret in whole["secrets"].items():
            if not (pathlib.Path(copy) / "compose" / secret["file"]).stat().st_size:
                yield f"compose: the secret {name} is empty"
        told = tomllib.loads((pathlib.Path(copy) / "compose/secrets/bellhop.toml").read_text())
        yield from unknown_keys("compose/secrets.sh", told)
        passwords = (pathlib.Path(copy) / "compose/secrets/postgres-password").read_text()
        if passwords not in told["store"]["url"]:
            yield "compose: the configuration has another password than PostgreSQL"
    for name, service in services.items():
        for kind in ["secrets", "networks"]:
            for used in service.get(kind, []):
                if (used if isinstance(used, str) else used["source"]) not in whole[kind]:
                    yield f"compose: {name}: no {kind} {used}"
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            known = source in whole["volumes"] or source == "/" or (DEPLOY / "compose" / source).is_file()
            if not known:
                yield f"compose: {name}: no volume {source}"
        for other in service.get("depends_on", []):
            if other not in services:
                yield f"compose: {name}: no service {other}"
        for port in service.get("ports", []):
            if not port.startswith("127.0.0.1:"):
                yield f"compose: {name}: port {port} is open to everybody"
        if "bellhop" in service["image"]:
            if not (service["read_only"] and service["cap_drop"] == ["ALL"] and service["user"] == "65532:65532"):
                yield f"compose: {name} is not closed"
        if any("password" in str(value).lower() and not key.endswith("_FILE") and "__FILE" not in key
               for key, value in service.get("environment", {}).items()):
            yield f"compose: {name}: a password in the environment"
    targets = {name for job in read_yaml("prometheus/prometheus.yml")["scrape_configs"] for sd in job.get("dns_sd_configs", []) for name in sd["names"]}
    aliases = {alias for it in services.values() if isinstance(it.get("networks"), dict) for n in it["networks"].values() for alias in n.get("aliases", [])}
    for target in targets - set(services) - aliases:
        yield f"prometheus.yml asks {target}, which compose.yaml does not have"


def chart():
    """The values are what their schema says, and the schema refuses what would be public by mistake."""
    schema = json.loads((DEPLOY / "helm/bellhop/values.schema.json").read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    values = read_yaml("helm/bellhop/values.yaml")
    check = jsonschema.Draft7Validator(schema)
    for error in check.iter_errors(values):
        yield f"values.yaml: {error.message}"
    for path in ["/metrics", "/readyz", "/"]:
        if check.is_valid(values | {"ingress": values["ingress"] | {"paths": [path]}}):
            yield f"values.schema.json lets {path} onto the public host"
    if check.is_valid(values | {"rolse": {}}):
        yield "values.schema.json takes unknown keys"
    lanes = {(it["role"], it.get("lane")) for it in values["roles"].values()}
    for lane in ["transactional", "marketing"]:
        if not lanes & {("worker", lane), ("worker", None)}:
            yield f"values.yaml: no worker takes the lane {lane}"
    yield from unknown_keys("values.yaml: config", tomllib.loads(values["config"]))
    version = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]["version"]
    if read_yaml("helm/bellhop/Chart.yaml")["appVersion"] != version:
        yield f"Chart.yaml: appVersion is not {version}"
    # The ingress has each first part of a path of the API, but for what people of the brand's own look at: that stays inside.
    inside = {"/console", "/docs"}
    paths = {"/" + path.split("/")[1] for path in json.loads((ROOT / "docs/openapi.json").read_text())["paths"]}
    for path in paths - inside - set(values["ingress"]["paths"]):
        yield f"values.yaml: the ingress lacks {path}"
    for path in inside & set(values["ingress"]["paths"]):
        yield f"values.yaml: the ingress shows {path} to the world"


def unknown_keys(where, told):
    """The sections of the engineer that bellhop/default.toml does not have."""
    default = tomllib.loads((ROOT / "bellhop/default.toml").read_text())
    for section, keys in told.items():
        if section not in default:
            yield f"{where}: no section {section}"
        elif isinstance(keys, dict):
            for key in set(keys) - set(default[section]):
                yield f"{where}: no key {section}.{key}"


def configuration():
    """The package's configuration has only keys that exist, and no two roles share a port."""
    told = tomllib.loads((DEPLOY / "config/bellhop.toml").read_text())
    yield from unknown_keys("config/bellhop.toml", told)
    ports = [told["http"]["listen"], told["http"]["operations_listen"]]
    for role in (DEPLOY / "config/roles").iterdir():
        ports += re.findall(r"^BELLHOP__OPERATIONS__LISTEN=(.*)$", role.read_text(), re.M)
    if len(ports) != len(set(ports)) or len(ports) < 6:
        yield f"config: ports {ports}"


def alerts():
    """Each alert has its section of the runbook, and each section its alert."""
    rules = [rule for group in read_yaml("prometheus/bellhop.rules.yml")["groups"] for rule in group["rules"]]
    titles = re.findall(r"^## (Bellhop\w+)$", (ROOT / "docs/runbook.md").read_text(), re.M)
    for rule in rules:
        if not rule["annotations"]["runbook_url"].endswith("docs/runbook.md#" + rule["alert"].lower()):
            yield f"{rule['alert']}: its link leads elsewhere"
        if rule["labels"]["severity"] not in ("page", "ticket"):
            yield f"{rule['alert']}: severity {rule['labels']['severity']}"
    if sorted(titles) != sorted(rule["alert"] for rule in rules):
        yield f"docs/runbook.md: {sorted(set(titles) ^ {rule['alert'] for rule in rules})}"


def dashboard():
    """Only metrics that the code has; whether they answer is asked by live-test.py."""
    panels = json.loads((DEPLOY / "grafana/bellhop.json").read_text())["panels"]
    folders = [str(ROOT / it) for it in ["api", "bellhop", "dispatcher", "worker"]]
    sources = subprocess.run(["grep", "-rhoE", '"bellhop_[a-z_]+"', "--include=*.rs", *folders], check=True, capture_output=True, text=True).stdout
    known = set(sources.replace('"', "").split())
    asked = " ".join(target["expr"] for panel in panels for target in panel.get("targets", []))
    rules = (DEPLOY / "prometheus/bellhop.rules.yml").read_text()
    for metric in set(re.findall(r"bellhop_[a-z_]+", asked + rules)):
        if metric.removesuffix("_bucket") not in known:
            yield f"no metric {metric}"
    for panel in panels:
        at = panel["gridPos"]
        if at["x"] + at["w"] > 24:
            yield f"the panel {panel['title']} is too wide"


def main():
    problems = [problem for look in [compose, chart, configuration, alerts, dashboard] for problem in look()]
    for file in ["compose/grafana/datasource.yaml", "compose/grafana/dashboards.yaml", "helm/bellhop/Chart.yaml"]:
        read_yaml(file)
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
