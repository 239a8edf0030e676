"""Run by test_airflow_plugin.py: ``airflow_review.py FOLDER FACTS.json``. Mounts the plugin as Airflow does, and asks it.

Airflow's own check of a token is real: `vouched_by_airflow` calls it, and a request without one is nobody's. For a
signed-in user the check is replaced, since a token needs a migrated database.
"""

import json
import os
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

FOLDER, FACTS = Path(sys.argv[1]), Path(sys.argv[2])
ROOT = Path(__file__).resolve().parents[2]
os.environ |= {
    "AIRFLOW_HOME": str(FOLDER / "airflow"), "MATCHING_WORKSPACE": str(FOLDER / "workspace"),
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False", "AIRFLOW__API_AUTH__JWT_SECRET": "a secret of this test, long enough to sign",
}  # fmt: skip
sys.path[:0] = [str(ROOT), str(Path(__file__).parent), str(ROOT / "tests" / "review"), str(ROOT / "tests" / "report")]

import httpx  # noqa: E402
from airflow.api_fastapi.app import init_auth_manager  # noqa: E402
from airflow.api_fastapi.core_api import security  # noqa: E402
from fastapi import FastAPI  # noqa: E402
from web_server import served  # noqa: E402

from matching.review.people import add_user  # noqa: E402
from matching.review.store import open_store  # noqa: E402
from matching.web import airflow_plugin  # noqa: E402


class Someone:
    def __init__(self, name: str) -> None:
        self.name = name

    def get_name(self) -> str:
        return self.name


def signed_in(name: str) -> Any:
    async def get_user(*_: Any) -> Someone:
        return Someone(name)

    return get_user


def facts() -> dict[str, Any]:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["entry-points"]
    plugin = airflow_plugin.ReviewPlugin
    (app,), (view,) = plugin.fastapi_apps, plugin.external_views
    store = open_store(f"sqlite:///{FOLDER / 'workspace' / 'review.sqlite'}")
    add_user(store, "ada", role="senior", codes=[], password=None, by="test")
    store.close()
    airflow = FastAPI()
    init_auth_manager(airflow)
    airflow.mount(app["url_prefix"], app["app"])
    with served(airflow) as address, httpx.Client(base_url=address) as client:
        nobody = client.get("/review/")
        security.get_user = signed_in("stranger")
        stranger = client.get("/review/")
        security.get_user = signed_in("ada")
        page = client.get("/review/")
        form = client.post("/review/sign-in", data={"name": "ada", "password": "x"})
    links = re.findall(r'(?:href|src|action)="(/[^"]*)"', page.text)
    return {
        "plugin": {
            "prefix": app["url_prefix"],
            "view": view["href"],
            "is_entry_point": declared["airflow.plugins"]
            == {"matching_review": f"{airflow_plugin.__name__}:{plugin.__name__}"},
        },
        "nobody": [nobody.status_code, nobody.headers.get("location")],
        "without_account": stranger.status_code,
        "with_account": page.status_code,
        "links": [link for link in links if not link.startswith("/review/")],
        "policy": page.headers["content-security-policy"],
        "password_form": form.status_code,
    }


FACTS.write_text(json.dumps(facts()))
