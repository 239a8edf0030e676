"""Alerts of what a person must see to: to the log, by e-mail, to a webhook, as settings say.

Enters: an alert and the settings. Leaves: messages of ids, counts and reasons; never a person's data. A channel that
cannot be reached is logged and keeps no other from being tried: what failed has been told by its own error already.
"""

import logging
import smtplib
from dataclasses import asdict, dataclass
from email.message import EmailMessage

from matching.errors import MatchingError
from matching.log import event
from matching.settings import Settings, load

_TIMEOUT_S = 10.0


@dataclass(frozen=True, kw_only=True)
class Alert:
    """``what`` happened (such as task_failed), ``where`` (ids), in a sentence, and what to do."""

    what: str
    where: str
    detail: str
    to_do: str


def told(error: BaseException | None) -> str:
    """What may be told of ``error``: our own messages, which name no person; of any other its kind alone."""
    if error is None:
        return "no error is known"
    return f"{type(error).__name__}: {error}" if isinstance(error, MatchingError) else type(error).__name__


def send(alert: Alert, settings: Settings) -> list[str]:
    """Send ``alert`` to every channel of setting ``alerts``; returns those that it reached."""
    import httpx  # here, since every DAG imports this module and an alert is rare

    reached = []
    for channel in settings.alerts:
        try:
            _send(alert, channel, settings)
            reached.append(channel)
        except (OSError, httpx.HTTPError, smtplib.SMTPException) as error:
            event("alert_not_sent", channel=channel.partition(":")[0], error=type(error).__name__, level=logging.ERROR)
    return reached


def deadline_missed(*_: object, dag: str, hours: float, **__: object) -> None:
    """What Airflow calls where a DAG run of ``dag`` was not done ``hours`` after it was queued."""
    alert = Alert(
        what="deadline_missed",
        where=dag,
        detail=f"a run of {dag} was not done {hours:g} hours after it was queued",
        to_do="look at the DAG's page in Airflow, and at `matching status`",
    )
    send(alert, load())


def _send(alert: Alert, channel: str, settings: Settings) -> None:
    if channel == "log":
        event(alert.what, level=logging.ERROR, where=alert.where, detail=alert.detail, to_do=alert.to_do)
    elif channel.startswith("mailto:"):
        _mail(alert, channel.removeprefix("mailto:"), settings)
    else:
        import httpx

        httpx.post(channel, json=asdict(alert), timeout=_TIMEOUT_S).raise_for_status()


def _mail(alert: Alert, address: str, settings: Settings) -> None:
    message = EmailMessage()
    message["From"], message["To"] = settings.alerts_from, address
    message["Subject"] = f"[matching] {alert.what} {alert.where}"
    message.set_content(f"{alert.detail}\n\nWhat to do: {alert.to_do}\n")
    host, _, port = settings.smtp.partition(":")
    with smtplib.SMTP(host, int(port or 25), timeout=_TIMEOUT_S) as server:
        server.send_message(message)
