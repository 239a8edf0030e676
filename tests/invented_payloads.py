"""Lists of invented people in layouts that no shipped source has."""

import csv
import io
from collections.abc import Callable, Sequence
from pathlib import Path

Write = Callable[[str, str | bytes], Path]

_PEOPLE = """
РД-1; Онегинский; Захарий;  Карлович;  17.05.1961; М; Норвегия;   54 91 258987; кража;  01.02.2020; в розыске
РД-2; Ларинская;  Ольга;    Оттовна;   1972;       Ж; Португалия; 54 91 258988; подлог; 03.04.2021; задержан
РД-3; Печоринский; Мефодий; Фрицевич;  09.11.1983; М; не указано; ;             кража;  05.06.2022; в розыске
РД-4; Обломовцев; Трофим;   ;          21.12.1954; М; Уругвай;    54 91 258990; подлог; 07.08.2023; умер
"""
PEOPLE = [tuple(cell.strip() for cell in line.split(";")) for line in _PEOPLE.strip().splitlines()]
HEADER = (
    "№ дела", "Фамилия", "Имя", "Отчество", "Дата рождения", "Пол", "Гражданство", "Паспорт", "Обвинение",
    "Дата розыска", "Статус", "Отдел",
)  # fmt: skip


def table(rows: Sequence[Sequence[str]], *, separator: str = ",") -> str:
    """CSV text of ``rows``."""
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator="\n").writerows(rows)
    return text.getvalue()
