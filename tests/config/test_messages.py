from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path
from typing import TypeVar

import pytest
from babel.messages.catalog import Message as Entry
from django.apps import apps
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import models
from django.template import Context, Engine
from django.test import Client
from django.utils import translation

import catalog.errors
import catalog.states
import distribution.errors
import distribution.states
import procurement.errors
import procurement.states
from catalog.foundation.errors import DomainError
from catalog.foundation.machine import Machine
from config.management.commands import messages as command
from config.messages import catalogue, problems
from config.messages.extraction import (
    Message,
    Untranslatable,
    messages_of_python,
    messages_of_template,
    messages_of_tree,
)
from config.messages.locale import Locale
from tests.cast import Cast, user_of

CHINESE = re.compile(r"[一-鿿]")
IMPORT = "from django.utils.translation import gettext as _, ngettext, npgettext_lazy, pgettext\n"
STATES = (catalog.states, procurement.states, distribution.states)
ERRORS = (catalog.errors, procurement.errors, distribution.errors)
# Behind the functions of django.utils.translation, lazy or not.
TRANS = translation._trans  # type: ignore[attr-defined]
Kind = TypeVar("Kind")
APPS = ("accounts", "catalog", "demo", "distribution", "journal", "procurement")


def in_chinese(text: object) -> str:
    with translation.override("zh-hans"):
        return str(text)


def subclasses(of: type[Kind]) -> Iterator[type[Kind]]:
    """All of the platform's; other tests define some of their own."""
    for each in of.__subclasses__():
        if not each.__module__.startswith("tests."):
            yield each
        yield from subclasses(each)


class TestPython:
    @pytest.mark.parametrize(
        ("code", "message"),
        [
            ("_('tender')", Message("tender")),
            ("_('a long ' 'sentence')", Message("a long sentence")),
            ("_('%(n)s lots') % {'n': 3}", Message("%(n)s lots")),
            ("ngettext('one lot', '%(n)s lots', n)", Message("one lot", "%(n)s lots")),
            ("pgettext('bid', 'open')", Message("open", None, "bid")),
            ("npgettext_lazy('bid', 'one', 'many', n)", Message("one", "many", "bid")),
        ],
    )
    def test_gives_its_messages(self, code: str, message: Message) -> None:
        assert list(messages_of_python(IMPORT + code)) == [message]

    def test_knows_the_functions_by_whatever_name(self) -> None:
        code = "from django.utils import translation\nfrom django.utils.translation import gettext_lazy as lazy\n"
        assert set(messages_of_python(code + "lazy('a'), translation.gettext('b')")) == {Message("a"), Message("b")}

    def test_leaves_other_calls_alone(self) -> None:
        assert not list(messages_of_python("_ = print\n_('not a message')\nother.gettext(name)"))

    @pytest.mark.parametrize(
        "code", ["_(f'lot {n}')", "_(name)", "_('lot ' + n)", "ngettext('one lot', plural, n)", "_()"]
    )
    def test_finds_what_no_catalogue_can_hold(self, code: str) -> None:
        assert list(messages_of_python(IMPORT + code)) == [Untranslatable(2, code)]


class TestTemplates:
    @pytest.mark.parametrize(
        "template",
        [
            '{% translate "tender" %}',
            "{% trans 'tender' %}",
            '{% translate "the State\'s price" as price %}{{ price }}',
            '{% translate "50% of it" %}',
            '{% translate "open" context "bid" %}',
            '{% translate "tender"|upper noop %}',
            '{{ _("tender") }}{{ _("50% of it")|upper }}',
            '{{ missing|default:_("none") }}',
            '{% if lots == _("none") %}{% endif %}',
            '{% for x in y %}{% empty %}{% translate "tender" %}{% endfor %}',
            "{% blocktranslate %}\n  two\n  lines of {{ lots }}, 50%\n{% endblocktranslate %}",
            "{% blocktranslate trimmed %}\n  two\n\n  lines of {{ lots }}, 50%\n{% endblocktranslate %}",
            "{% blocktrans with x=lots|floatformat y=lots trimmed %}{{ x }} of\n {{ y }}{% endblocktrans %}",
            "{% blocktranslate count n=lots trimmed %}\n {{ n }}\n lot{% plural %}{{ n }}\nlots{% endblocktranslate %}",
            "{% blocktranslate trimmed count n=lots %}{{ n }} lot{% plural %}{{ n }} lots{% endblocktranslate %}",
            '{% blocktranslate trimmed with x=lots context "bid" %}\n {{ x }} open\n{% endblocktranslate %}',
            '{% blocktranslate count n=lots context "bid" %}one{% plural %}{{ n }}{% endblocktranslate %}',
            '{% blocktranslate with x=_("tender") %}the {{ x }}{% endblocktranslate %}',
            '{# {% translate "never" %} #}{% comment %}{% translate "never" %}{% endcomment %}',
            "{% verbatim %}{% endverbatim %}gettext('not a call')",
        ],
    )
    def test_give_what_django_asks_for_when_it_renders_them(
        self, template: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked: set[Message] = set()

        def ask(message: Message) -> str:
            asked.add(message)
            return message.id

        monkeypatch.setattr(TRANS, "gettext", lambda id: ask(Message(id)))
        monkeypatch.setattr(TRANS, "pgettext", lambda context, id: ask(Message(id, None, context)))
        monkeypatch.setattr(TRANS, "ngettext", lambda id, plural, n: ask(Message(id, plural)))
        monkeypatch.setattr(TRANS, "npgettext", lambda context, id, plural, n: ask(Message(id, plural, context)))
        engine = Engine(builtins=["django.templatetags.i18n"])
        engine.from_string(template).render(Context({"lots": 3}))
        assert set(messages_of_template(template)) == asked | (
            # `noop` marks a message and does not ask for it.
            {Message("tender")} if "noop" in template else set()
        )


class TestPlaceholders:
    @pytest.mark.parametrize(
        ("said", "chinese"),
        [
            ("%(lots)s lots of %(tender)s", "%(tender)s的 %(lots)s 个标段"),
            ("%(lots)s and again %(lots)s", "%(lots)s"),
            ("%s of %d", "%s，共 %d"),
            ("{name} has {}", "{}属于{name}"),
            ("50% of it", "其中的 50%"),
            ("%(share)s%% of it", "其中的 %(share)s%%"),
        ],
    )
    def test_may_change_their_order_when_they_have_names(self, said: str, chinese: str) -> None:
        assert not list(problems.of_entry(Entry(said, chinese)))

    @pytest.mark.parametrize(
        ("said", "chinese"),
        [
            ("%(lots)s lots", "标段"),
            ("%(lots)s lots", "%(lot)s 个标段"),
            ("%(lots)s lots", "%(lots)d 个标段"),
            ("lots", "%(lots)s 个标段"),
            ("%s of %d", "%d，共 %s"),
            ("{name} has it", "{nom}有"),
        ],
    )
    def test_must_be_those_of_the_message(self, said: str, chinese: str) -> None:
        assert list(problems.of_entry(Entry(said, chinese))) == [f"other placeholders: {said!r} became {chinese!r}"]

    def test_are_those_of_the_plural(self) -> None:
        ids = ("one lot", "%(lots)s lots")
        assert not list(problems.of_entry(Entry(ids, ("%(lots)s 个标段",))))
        assert list(problems.of_entry(Entry(ids, ("一个标段",))))


@pytest.fixture
def locale(tmp_path: Path) -> Locale:
    """A catalogue without translations for a package that says three things, and one foreign message."""
    code = tmp_path / "code"
    code.mkdir()
    (code / "words.py").write_text(IMPORT + "_('tender'), ngettext('%(n)s lot', '%(n)s lots', 2)\n")
    (code / "page.html").write_text("{% translate 'winner' %}")
    (tmp_path / "third_party.pot").write_text('#. a package\nmsgid "Run"\nmsgstr ""\n')
    return Locale(tmp_path, [code])


def translate(locale: Locale, **strings: str) -> None:
    """Give the messages that begin with these letters their Chinese, and compile."""
    locale.update()
    text = locale.po.read_text()
    for start, chinese in strings.items():
        text, count = re.subn(
            rf'(msgid "(?:%\(n\)s )?{start}.*"\n(?:.*plural.*\n)?msgstr\S* )".*"', rf'\1"{chinese}"', text
        )
        assert count == 1
    locale.po.write_text(text)
    locale.update()


ALL = {"tender": "招标", "lot": "%(n)s 个标段", "winner": "中选企业", "Run": "执行"}


class TestLocale:
    def test_collects_code_templates_and_foreign_messages(self, locale: Locale) -> None:
        assert locale.update() == [
            "not translated: 'winner'",
            "not translated: 'tender'",
            "not translated: '%(n)s lots'",
            "not translated: 'Run'",
        ]
        assert '#. a package\nmsgid "Run"' in locale.po.read_text()

    def test_is_in_order_once_translated(self, locale: Locale) -> None:
        translate(locale, **ALL)
        assert locale.problems() == []

    def test_is_the_same_however_often_it_is_written(self, locale: Locale) -> None:
        translate(locale, **ALL)
        once = locale.po.read_bytes(), locale.mo.read_bytes()
        locale.update()
        assert (locale.po.read_bytes(), locale.mo.read_bytes()) == once
        assert b"Date" not in once[0]

    def test_drops_what_is_no_longer_said(self, locale: Locale) -> None:
        translate(locale, **ALL)
        (locale.sources[0] / "page.html").write_text("")
        assert locale.problems() == ["no longer said: 'winner'"]
        locale.update()
        assert "winner" not in locale.po.read_text()
        assert locale.problems() == []

    def test_misses_what_is_said_now(self, locale: Locale) -> None:
        translate(locale, **ALL)
        (locale.sources[0] / "page.html").write_text("{% translate 'winner' %}{% translate 'loser' %}")
        assert locale.problems() == ["missing: 'loser'"]

    def test_keeps_the_translation_when_a_message_gets_a_plural(self, locale: Locale) -> None:
        translate(locale, **ALL)
        (locale.sources[0] / "page.html").write_text(
            "{% blocktranslate count n=x %}winner{% plural %}winners{% endblocktranslate %}"
        )
        assert locale.update() == []
        assert 'msgstr[0] "中选企业"' in locale.po.read_text()

    def test_is_not_in_order_while_a_translation_is_fuzzy(self, locale: Locale) -> None:
        translate(locale, **ALL)
        locale.po.write_text(locale.po.read_text().replace('msgid "winner"', '#, fuzzy\nmsgid "winner"'))
        assert "fuzzy: 'winner'" in locale.problems()

    def test_is_not_in_order_with_an_old_mo(self, locale: Locale) -> None:
        translate(locale, **ALL)
        locale.po.write_text(locale.po.read_text().replace("招标", "采购公告"))
        assert locale.problems() == ["stale: django.mo was not made from django.po"]
        locale.mo.unlink()
        assert locale.problems() == ["stale: django.mo was not made from django.po"]

    def test_names_what_cannot_be_translated(self, locale: Locale) -> None:
        translate(locale, **ALL)
        (locale.sources[0] / "more.py").write_text(IMPORT + "_(f'lot {n}')")
        assert locale.problems() == ["cannot be translated: code/more.py:2: _(f'lot {n}')"]


class TestCommand:
    def test_finds_the_catalogue_of_the_platform_in_order(self) -> None:
        call_command("messages", check=True)

    def test_fails_when_something_is_not_in_order(self, locale: Locale, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(command, "Locale", lambda folder, sources: locale)
        call_command("messages", stdout=StringIO(), stderr=StringIO())
        said = StringIO()
        with pytest.raises(CommandError, match="4 problems"):
            call_command("messages", check=True, stderr=said)
        assert "not translated: 'winner'" in said.getvalue()


class TestTranslations:
    def test_have_full_width_punctuation(self) -> None:
        po = catalogue.read(settings.BASE_DIR / "config/locale/zh_Hans/LC_MESSAGES/django.po")
        strings = [string for entry in catalogue.entries(po) for string in catalogue.strings_of(entry)]
        half_width = re.compile(r"[一-鿿][,;:!?()\"]|[,;:!?(\"][一-鿿]|[一-鿿]\.(?!\w)|\.\.\.")
        assert [string for string in strings if half_width.search(re.sub(r"<[^>]*>", "", string))] == []

    def test_cover_every_state_role_and_action(self) -> None:
        machines = [value for states in STATES for value in vars(states).values() if isinstance(value, Machine)]
        labels = [transition.label for machine in machines for transition in machine.transitions.values()]
        assert len(labels) > 30
        labels += [label for choices in subclasses(models.TextChoices) for label in choices.labels]
        # forms of files are called the same in every language
        assert {str(label) for label in labels if not CHINESE.search(in_chinese(label))} == {"PDF", "Excel"}

    def test_cover_every_error(self) -> None:
        families = {error.__module__ for error in subclasses(DomainError)}
        for module in ERRORS:
            assert any(family.startswith(module.__name__) for family in families), module
        templates = [error.template for error in subclasses(DomainError) if error.template]
        assert [str(template) for template in templates if not CHINESE.search(in_chinese(template))] == []

    def test_cover_every_record_and_its_fields(self) -> None:
        names = []
        for model in [model for app in APPS for model in apps.get_app_config(app).get_models()]:
            names += [model._meta.verbose_name, model._meta.verbose_name_plural]
            names += [field.verbose_name for field in model._meta.get_fields() if hasattr(field, "verbose_name")]
        assert {in_chinese(name) for name in names if not CHINESE.search(in_chinese(name))} <= {"ID", "SHA-256"}

    def test_cover_what_the_packages_of_the_admin_leave_in_english(self) -> None:
        unfold = Path(apps.get_app_config("unfold").path)
        used = ("contrib/filters/", "contrib/forms/")
        with translation.override("zh-hans"):
            left = {
                (path.relative_to(unfold).as_posix(), message.id)
                for path, message in messages_of_tree(unfold)
                if isinstance(message, Message) and CHINESE.search(translation_of(message)) is None
                if "contrib/" not in path.as_posix() or any(part in path.as_posix() for part in used)
            }
        assert left == set()

    def test_differ_where_english_uses_one_word(self) -> None:
        with translation.override("zh-hans"):
            assert translation.gettext("in force") == "有效期"
            assert translation.pgettext("agreement", "in force") == "履行中"


def translation_of(message: Message) -> str:
    if message.plural is not None:
        return translation.ngettext(message.id, message.plural, 2)
    return translation.pgettext(message.context, message.id) if message.context else translation.gettext(message.id)


class Reader(HTMLParser):
    """The words on a page that a person gets to see or hear."""

    HUMAN = ("alt", "aria-label", "placeholder", "title", "data-label")
    SILENT = ("script", "style", "code")

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.silent = 0
        self.icon = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in self.SILENT
        self.words += [value for name, value in attrs if name in self.HUMAN and value]
        self.icon = "material-symbols" in (dict(attrs).get("class") or "")
        if tag == "input" and ("type", "submit") in attrs:
            self.words.append(dict(attrs).get("value") or "")

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in self.SILENT
        self.icon = False

    def handle_data(self, data: str) -> None:
        if not self.silent and not self.icon:
            self.words.append(data)


def english_on(page: str) -> list[str]:
    """What reads as English on the page: words alone, or several beside each other within Chinese."""
    same = r"\b(?:English|zh-hans|API|CSV|Excel|ID|INN|URL|xlsx|csv|esc)\b"
    found = [(words.strip(), re.sub(same, "", words)) for words in Reader(page).words]
    alone, together = re.compile(r"[A-Za-z]{3,}"), re.compile(r"[A-Za-z]{2,} +[A-Za-z]{2,}")
    return [words for words, rest in found if (together if CHINESE.search(rest) else alone).search(rest)]


@pytest.mark.django_db
class TestPages:
    PUBLIC = ("/", "/portal/login/", "/admin/login/", "/nowhere/")

    @pytest.mark.parametrize("address", PUBLIC)
    def test_are_chinese_by_default(self, address: str, client: Client) -> None:
        page = client.get(address)
        assert page.headers["Content-Language"] == "zh-hans"
        assert english_on(page.content.decode()) == []

    @pytest.mark.parametrize("address", PUBLIC)
    def test_are_english_on_request(self, address: str) -> None:
        page = Client(headers={"accept-language": "en"}).get(address)
        assert page.headers["Content-Language"] == "en"
        words = " ".join(Reader(page.content.decode()).words)
        assert CHINESE.findall(words.replace("简体中文", "")) == []

    def test_change_their_language_with_the_button(self, client: Client) -> None:
        client.post("/i18n/setlang/", {"language": "en", "next": "/"})
        assert "Tenders and awards" in client.get("/").content.decode()
        client.post("/i18n/setlang/", {"language": "zh-hans", "next": "/"})
        assert "招标与中选结果" in client.get("/").content.decode()

    @pytest.mark.parametrize(
        ("role", "address"),
        [
            ("buyer", "/portal/"),
            ("buyer", "/portal/requisitions/new/"),
            ("pharmacist", "/portal/retail/"),
            ("officer", "/admin/"),
            ("officer", "/admin/procurement/tender/"),
            ("supervisor", "/admin/journal/event/"),
        ],
    )
    def test_of_those_who_are_logged_in_are_chinese(self, cast: Cast, client: Client, role: str, address: str) -> None:
        person = user_of(getattr(cast, role))
        person.is_staff = True
        person.save()
        client.force_login(person)
        page = client.get(address)
        assert page.status_code == 200
        assert set(english_on(page.content.decode())) <= {str(person)}

    def test_of_operators_are_chinese_to_the_names_of_the_tokens(self, cast: Cast, client: Client) -> None:
        person = user_of(cast.officer)
        person.is_staff = person.is_superuser = True
        person.save()
        client.force_login(person)
        for address in ("/admin/", "/admin/oauth2_provider/", "/admin/oauth2_provider/accesstoken/"):
            assert set(english_on(client.get(address).content.decode())) <= {str(person)}
