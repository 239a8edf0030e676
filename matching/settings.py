"""Settings: command line over environment (``MATCHING_*``) over the configuration file (TOML) over these defaults."""

import json
import os
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from matching.errors import UsageError

Measure = Literal["persons", "fill_rate", "category", "script", "weight", "match_rate", "calibration"]


class Band(BaseModel):
    """How far a measure may be from usual: beyond ``warn`` it is reported, beyond ``hold`` the run is held back."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    warn: float | None = Field(None, gt=0)
    hold: float | None = Field(None, gt=0)


USUAL_BANDS: dict[Measure, Band] = {
    # A share of the usual number. A list may lose 30 % before it is refused (count_drop); a fifth is worth a look.
    "persons": Band(warn=0.2),
    # Shares of records: as expectations/drift.yml for two snapshots.
    "fill_rate": Band(warn=0.25),
    # Share of values that would have to move to another category, script or band of weights for all to be as usual
    # (total variation). Of the real lists of ../shared/data no step of one list moved a tenth.
    "category": Band(warn=0.1),
    "script": Band(warn=0.1),
    "weight": Band(warn=0.1),
    # A share of the usual rate, where 20 matches or more are usual: by chance alone 20 become 11 or 31 in one of 20.
    "match_rate": Band(warn=0.5),
    # The mean gap itself: of 100 judged pairs (monitor/calibration.py) chance alone makes .1 in one of 20.
    "calibration": Band(warn=0.1),
}


class Settings(BaseSettings):
    """Everything a user may set. Paths are relative to the working directory."""

    model_config = SettingsConfigDict(env_prefix="MATCHING_", extra="forbid", frozen=True)

    workspace: Path = Field(Path("workspace"), description="folder of snapshots, records, runs and reports")
    sources_dir: Annotated[list[Path], NoDecode] = Field(
        default_factory=list,
        description="more folders of <id>/source.yml, after the shipped ones; in the environment written as PATH is",
    )
    drop_dir: Path | None = Field(
        None, description="folder of <source_id>/ payloads that ingestion imports in place of fetching"
    )
    model: str | None = Field(
        None,
        description="linkage model: `default`, an id of `matching model list`, or a path; default: the promoted one",
    )
    review_threshold: float = Field(0.5, gt=0, lt=1, description="match probability from which a pair is a match")
    dismiss_threshold: float = Field(
        0.05, ge=0, lt=1, description="match probability below which a pair may be dismissed unseen, but for the sample"
    )
    sample_size: int = Field(
        50, ge=0, description="pairs under the review threshold that are sampled for review, to estimate what it misses"
    )
    sample_seed: int = Field(1, description="seed of that sample: the same seed and pairs give the same sample")
    count_drop: float = Field(
        0.3, gt=0, le=1, description="share of persons a snapshot may lose against the one before it"
    )
    count_bands: bool = Field(
        True, description="hold each list to the count band of its source.yml; off for samples of a list"
    )
    contact: str = Field(
        "contact not set", description="who runs this, for the User-Agent: an address a publisher can write to"
    )
    timeout_s: float = Field(60.0, gt=0, description="seconds without an answer after which a request is given up")
    answer_timeout_s: float = Field(
        600.0,
        gt=0,
        description="seconds that a process beside a run (gates, normalising) may take to answer for a table of up to a"
        " million rows; larger ones in proportion. Then it is killed, and the run fails",
    )
    max_payload_mb: int = Field(512, gt=0, description="size in MB over which a payload is refused")
    memory_limit: str = Field(
        "4GB",
        pattern=r"^\d+(\.\d+)? ?([KMGT]i?B|%)$",
        description="DuckDB's memory limit, such as 4GB or 60%; past it DuckDB spills to the workspace",
    )
    most_within_list: int = Field(
        200_000,
        gt=0,
        description="records of a list over which they are not paired with each other, only with other lists'",
    )
    threads: int = Field(2, gt=0, description="DuckDB threads")
    review_database: str | None = Field(
        None, description="URL of the review store (PostgreSQL or SQLite); none: review.sqlite in the workspace"
    )
    review_double_share: float = Field(
        0.1, ge=0, le=1, description="share of cases drawn for a second look whatever the first says"
    )
    review_session_hours: float = Field(10, gt=0, description="hours after which a reviewer signs in again")
    review_proxy_header: str | None = Field(
        None,
        description="header in which a trusted proxy names the user who signed in there; believed only from"
        " `review_proxy_addresses`",
    )
    review_proxy_client_header: str | None = Field(
        None,
        description="header in which the trusted proxy names the client's address, such as X-Forwarded-For; set it only"
        " where the proxy writes it",
    )
    review_proxy_addresses: list[str] = Field(
        default_factory=lambda: ["127.0.0.1", "::1"], description="addresses of the trusted proxy"
    )

    review_public_url: str | None = Field(
        None,
        pattern=r"^https?://[^/]+",
        description="address of the review pages as browsers see it, with the path they are below; needed for OIDC",
    )
    review_oidc_issuer: str | None = Field(
        None,
        pattern=r"^(https://|http://(127\.0\.0\.1|localhost)[:/])",
        description="issuer of an OpenID Connect provider at which reviewers may sign in; users must have an account here",
    )
    review_oidc_client_id: str | None = Field(None, description="what this application is called at the provider")
    review_oidc_client_secret: SecretStr | None = Field(
        None, description="its secret there; none for a public client (PKCE is used in either case)"
    )
    review_oidc_claim: str = Field(
        "sub",  # the only one that is never given to another person (OpenID Connect Core 1.0, 2 and 5.7)
        description="claim of the ID token that is the name of the account here: one that the provider never gives to"
        " another person",
    )

    @model_validator(mode="after")
    def _bands_in_order(self) -> "Settings":
        if self.dismiss_threshold > self.review_threshold:
            raise ValueError(
                f"dismiss_threshold {self.dismiss_threshold} is above review_threshold {self.review_threshold}: a match"
                " would be dismissed; give one that is lower"
            )
        return self

    retain_removed_days: int | None = Field(
        None, ge=0, description="days after which a person who left a list is erased, where its source.yml does not say"
    )
    drift_runs: int = Field(10, gt=0, description="published runs that say what is usual")
    drift: dict[Measure, Band] = Field(
        default_factory=lambda: dict(USUAL_BANDS),
        description="how far a measure may be from usual before it warns, and before it holds a run back",
    )

    @field_validator("drift", mode="after")
    @classmethod
    def _others_stay(cls, given: dict[Measure, Band]) -> dict[Measure, Band]:
        """Who sets the band of one measure keeps those of the others."""
        return {**USUAL_BANDS, **given}

    alerts: Annotated[list[str], NoDecode] = Field(
        default_factory=lambda: ["log"],
        description="where alerts go: log, mailto:<address>, https://<webhook>; in the environment with spaces between",
    )
    smtp: str = Field("localhost:25", description="host:port of the mail server for alerts")
    alerts_from: str = Field("matching@localhost", description="sender of alerts by e-mail")
    deadline_hours: float | None = Field(
        None, gt=0, description="hours after which a DAG run that is not done is an alert; default: never"
    )
    deciders: Annotated[list[str], NoDecode] = Field(
        default_factory=list,
        description="ids of the Airflow users who may answer its questions (publish, take in, promote, erase); in the"
        " environment with spaces between; default: whoever may edit required actions there",
    )
    host_pools: bool = Field(
        False, description="Airflow asks each publisher's host in a pool of its own (see `matching source pools`)"
    )

    @field_validator("alerts", mode="before")
    @classmethod
    def _channels(cls, given: object) -> object:
        channels = given.split() if isinstance(given, str) else given
        wrong = [one for one in channels if not re.match(r"log$|mailto:\S+@\S+$|https?://\S+$", str(one))]  # type: ignore[attr-defined]
        if wrong:
            raise ValueError(f"{', '.join(map(str, wrong))}: give log, mailto:<address> or https://<webhook>")
        return channels

    @field_validator("deciders", mode="before")
    @classmethod
    def _ids(cls, given: object) -> object:
        return given.split() if isinstance(given, str) else given

    @field_validator("sources_dir", mode="before")
    @classmethod
    def _folders(cls, given: object) -> object:
        """Several in one text, as an environment variable holds them: joined as PATH is, or a JSON list."""
        if not isinstance(given, str):
            return given
        if given.lstrip().startswith("["):
            return json.loads(given)
        return [part for part in given.split(os.pathsep) if part]

    def drop_folder(self, source_id: str) -> Path | None:
        """The folder of this source in the drop folder, where it has one."""
        folder = self.drop_dir / source_id if self.drop_dir else None
        return folder if folder and folder.is_dir() else None


def load(config: Path | None = None, **overrides: object) -> Settings:
    """Read settings from ``config`` (TOML), the environment and ``overrides``; None among these means "not given".

    Without ``config``, from the file that MATCHING_CONFIG names, if it names one.
    Raises UsageError that lists every unknown key and every value that does not fit.
    """
    if config is None and (named := os.environ.get("MATCHING_CONFIG")):
        config = Path(named)
    if config is not None and not config.is_file():
        raise UsageError(f"configuration file {config} not found: give the path of a TOML file, or none")

    class FromFile(Settings):
        model_config = SettingsConfigDict(
            env_prefix="MATCHING_", extra="forbid", frozen=True, toml_file=config if config else None
        )

        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,  # pydantic's signature; no .env is read
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    given: dict[str, Any] = {key: value for key, value in overrides.items() if value not in (None, [], ())}
    try:
        return FromFile(**given)
    except ValidationError as error:
        found = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise UsageError(f"settings: {found}. Known settings: {', '.join(Settings.model_fields)}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"configuration file {config} is not TOML: {error}") from error
