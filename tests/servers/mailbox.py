"""Invented letters to an invented shop, as real mail clients send them: threads in English and French, many charsets,
every style of quoting, automatic replies, bounces, and letters that no client should ever have sent.

Each letter knows what a person would expect to read of it, so the tests can hold the connector to that.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import format_datetime, formataddr
from html import escape

from tests.servers.dovecot import USER, Dovecot
from tests.servers.letters import PDF, START, Letter, envelope, many, part, word
from tests.servers.odd_letters import charsets, machines, oddities

PEOPLE = [
    ("Amelia Hart", "amelia.hart@post.test", "en"),
    ("José Nuñez", "j.nunez@correo.test", "en"),
    ("O'Brien, Sean", "sean@obrien.test", "en"),
    ("Priya 🌻 Raman", "priya@raman.test", "en"),
    ("Zoë Müller", "zoe.mueller@brief.test", "en"),
    ("Margaux Lefèvre", "margaux.lefevre@courriel.test", "fr"),
    ("Benoît d'Aubigné", "benoit@aubigne.test", "fr"),
    ("Chloé Nguyễn", "chloe.nguyen@boite.test", "fr"),
    ("Rémi Öztürk", "remi@ozturk.test", "fr"),
    ("Fatou Diallo", "fatou.diallo@poste.test", "fr"),
]

TOPICS: dict[str, list[tuple[str, str, str, str]]] = {
    "en": [
        ("Export crashes", "Since Tuesday the export to Excel crashes every single time. I have lost two hours.", "We are sorry. Which version do you use?", "Version 4.2, on Windows. It now works again, thank you!"),
        ("Charged twice", "You charged my card twice for order 88123. I want my €49.90 back.", "The second payment will be refunded within three days.", "Ten days later, still nothing. This is not acceptable."),
        ("Love the new timer", "Just wanted to say: the new timer is brilliant – exactly what we needed.", "Thank you so much, Amelia!", "You're welcome. Could it also ring twice?"),
        ("Parcel never arrived", "The tracking says \"delivered\" but nobody rang. Where is my parcel?", "The carrier has opened an inquiry.", "The neighbour had it. Sorry for the fuss."),
        ("Cannot log in", "Your login page tells me my password is wrong.\n\nI reset it three times:\n\n- once from the phone\n- once from the laptop\n- once with your agent", "Please try the link below.", "That did it. But why is the link valid for 5 minutes only?"),
    ],
    "fr": [
        ("Livraison en retard", "Ma commande devait arriver lundi. Nous sommes jeudi et toujours rien, c'est inadmissible.", "Nous sommes désolés, le transporteur a du retard.", "Reçue ce matin, merci. L'emballage était abîmé."),
        ("Remboursement", "Bonjour,\n\nJ'ai renvoyé l'article il y a trois semaines : où en est mon remboursement de 129 € ?", "Votre remboursement part aujourd'hui.", "Bien reçu, merci pour votre réactivité !"),
        ("Très satisfaite", "Un grand bravo à votre équipe : réponse rapide, conseillère à l'écoute, problème réglé.", "Merci beaucoup pour votre message.", "Je vous recommanderai à mes collègues."),
        ("Application lente", "Depuis la mise à jour, l'application met 20 secondes à s'ouvrir sur mon téléphone.", "Quel modèle utilisez-vous ?", "Un Fairphone 4. La version d'hier a tout réglé."),
        ("Facture illisible", "La facture jointe est illisible : les accents sont remplacés par des « ? ».", "Voici une nouvelle facture.", "Parfait. Pourquoi ne pas l'avoir fait plus tôt ?"),
    ],
}  # fmt: skip

SIGNATURES = {
    "en": ["", "\n\n-- \nSent by hand", "\n\nBest regards,\nA. Hart\nHart & Sons Ltd\n+44 20 7946 0000", "\n\nSent from my iPhone", "\n\nGet Outlook for iOS"],
    "fr": ["", "\n\n-- \nM. L.\n06 00 00 00 00", "\n\nCordialement,\n\nM. Lefèvre\nDirectrice", "\n\nEnvoyé de mon iPhone", "\n\nBien à vous,\nB."],
}  # fmt: skip


def _marked(text: str) -> str:
    return "\n".join(f"> {line}" if line else ">" for line in text.split("\n"))


def _gmail(text: str, quoted: str, lang: str) -> str:
    head = "On Tue, Mar 3, 2026 at 10:22 AM Widget Support <support@widget.test>\nwrote:"
    head = (
        "Le mar. 3 mars 2026 à 10:22, Widget Support <support@widget.test> a\nécrit :"
        if lang == "fr"
        else head
    )
    return f"{text}\n\n{head}\n\n{_marked(quoted)}\n"


def _apple(text: str, quoted: str, lang: str) -> str:
    head = "On 3 Mar 2026, at 10:22, Widget Support <support@widget.test> wrote:"
    head = "Le 3 mars 2026 à 10:22, Widget Support <support@widget.test> a écrit :" if lang == "fr" else head
    return f"{text}\n\n> {head}\n> \n{_marked(quoted)}\n"


def _thunderbird(text: str, quoted: str, lang: str) -> str:
    head = "On 03/03/2026 10:22, Widget Support wrote:"
    head = "Le 03/03/2026 à 10:22, Widget Support a écrit :" if lang == "fr" else head
    return f"{head}\n{_marked(quoted)}\n\n{text}\n"


def _outlook(text: str, quoted: str, lang: str) -> str:
    head = "From: Widget Support <support@widget.test>\nSent: Tuesday, March 3, 2026 10:22 AM\nTo: A. Hart\nSubject: Re: your letter"
    if lang == "fr":
        head = "De : Widget Support <support@widget.test>\nEnvoyé : mardi 3 mars 2026 10:22\nÀ : M. Lefèvre\nObjet : RE: votre lettre"
    return f"{text}\n\n________________________________\n{head}\n\n{quoted}\n"


def _old_outlook(text: str, quoted: str, lang: str) -> str:
    rule = "-----Message d'origine-----" if lang == "fr" else "-----Original Message-----"
    return f"{text}\n\n{rule}\nWidget Support, 3.3.2026\n\n{quoted}\n"


def _yahoo(text: str, quoted: str, lang: str) -> str:
    head = "    On Tuesday, March 3, 2026 at 10:22:11 AM GMT, Widget Support <support@widget.test> wrote:  "
    head = (
        "    Le mardi 3 mars 2026 à 10:22:11 UTC+1, Widget Support <support@widget.test> a écrit :  "
        if lang == "fr"
        else head
    )
    return f"{text}\n\n{head}\n \n {quoted}\n"


def _orange(text: str, quoted: str, lang: str) -> str:
    head = '> Message du 03/03/26 10:22\n> De : "Widget Support" <support@widget.test>\n> A : moi\n> Copie à : \n> Objet : Re: lettre\n> '
    return f"{text}\n\n\n{head}\n{_marked(quoted)}\n"


STYLES = [_gmail, _apple, _thunderbird, _outlook, _old_outlook, _yahoo, _orange]

_CLIENT_HTML = {
    _gmail: '<div dir="ltr">{text}</div><br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">On Tue, Mar 3 Widget wrote:<br></div><blockquote class="gmail_quote" style="margin:0"><p>{quoted}</p></blockquote></div>',
    _apple: '<html><body>{text}<br><div><blockquote type="cite"><div>On 3 Mar 2026, at 10:22, Widget wrote:</div><br><div>{quoted}</div></blockquote></div></body></html>',
    _thunderbird: '<html><body><div class="moz-cite-prefix">On 03/03/2026 10:22, Widget wrote:<br></div><blockquote type="cite" cite="mid:1@x"><p>{quoted}</p></blockquote>{text}</body></html>',
    _outlook: '<html><head><style>p.x {{margin:0}}</style></head><body><div class="WordSection1">{text}<div style="border-top:solid #E1E1E1 1.0pt"><p><b>From:</b> Widget Support &lt;support@widget.test&gt;<br><b>Sent:</b> Tuesday, March 3, 2026 10:22 AM<br><b>To:</b> A. Hart<br><b>Subject:</b> Re: your letter</p></div><p>{quoted}</p></div></body></html>',
    _old_outlook: '<html><body>{text}<div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>De&nbsp;:</b> Widget<br></div><div>{quoted}</div></body></html>',
    _yahoo: '<div>{text}</div><div id="yahoo_quoted_1" class="yahoo_quoted"><div>On Tuesday Widget wrote:</div><div>{quoted}</div></div>',
    _orange: '<p>{text}</p><blockquote type="cite">&gt; Message du 03/03/26<br>{quoted}</blockquote>',
}  # fmt: skip


def _html(text: str) -> str:
    return "".join(f"<div>{escape(line) or '<br>'}</div>" for line in text.split("\n"))


def conversations() -> Iterator[Letter]:
    """Letter, answer and letter, in every style of quoting: 180 messages."""
    at = START
    for number in range(60):
        name, address, lang = PEOPLE[number % len(PEOPLE)]
        subject, asked, answered, replied = TOPICS[lang][number % 5]
        style, signature = STYLES[number % len(STYLES)], SIGNATURES[lang][(number // 2) % 5]
        charset = ("utf-8", "iso-8859-15", "windows-1252", "utf-8")[number % 4]
        coding = ("quoted-printable", "base64", "8bit")[number % 3]
        ids = [
            f"{kind}.{number}@{where}"
            for kind, where in (("ask", "post.test"), ("answer", "widget.test"), ("reply", "post.test"))
        ]
        who = (
            formataddr((name, address), "utf-8")
            if number % 2
            else f"{word(name, 'iso-8859-1') if number % 5 == 1 else formataddr((name, address), 'utf-8').rpartition(' <')[0]} <{address}>"
        )
        at += timedelta(hours=5, minutes=7)

        def fields(
            sender: str, to: str, subject: str, index: int, when: datetime, ids: list[str] = ids
        ) -> bytes:
            known = [
                ("From", sender),
                ("To", to),
                ("Subject", word(subject, "utf-8")),
                ("Date", format_datetime(when)),
                ("Message-ID", f"<{ids[index]}>"),
            ]
            if index:
                known.append(("In-Reply-To", f"<{ids[index - 1]}>"))
                known.append(("References", "\r\n ".join(f"<{one}>" for one in ids[:index])))
            return envelope(known)

        plain = part("plain", asked + signature, charset, coding)
        first = (
            plain
            if number % 3
            else many(
                "alternative",
                [plain, part("html", _html(asked + signature), charset, coding)],
                f"=_{number}",
            )
        )
        if number % 7 == 0:
            first = many("mixed", [first, PDF], f"mix{number}")
        notes = (
            {"attachments": [{"name": "reçu.pdf", "type": "application/pdf", "size": 17}]}
            if number % 7 == 0
            else {}
        )
        yield Letter(
            rfc822=fields(who, USER, subject, 0, at) + first,
            received=at,
            text=asked,
            thread=ids[0],
            notes=notes,
        )

        greeting = "Hello" if lang == "en" else "Bonjour"
        said = f"{greeting},\n\n{answered}"
        team = part("plain", _gmail(said, asked, lang), "utf-8", "quoted-printable")
        when = at + timedelta(hours=2)
        yield Letter(
            rfc822=fields(f"Widget Support <{USER}>", address, f"Re: {subject}", 1, when) + team,
            received=when,
            text=said,
            role="team",
            thread=ids[0],
        )

        when = at + timedelta(hours=4)
        if number % 2:
            body = part(
                "html", _CLIENT_HTML[style].format(text=_html(replied), quoted=escape(said)), charset, coding
            )
        else:
            own = replied + (signature if style not in (_orange, _thunderbird) else "")
            body = part("plain", style(own, said, lang), charset, coding)
        yield Letter(
            rfc822=fields(who, USER, f"RE: {subject}", 2, when) + body,
            received=when,
            text=replied,
            thread=ids[0],
        )


def letters() -> list[Letter]:
    """All of them, in order of arrival."""
    return [*conversations(), *charsets(), *machines(), *oddities()]


def fill(server: Dovecot) -> int:
    """Deliver them all; return how many."""
    sent = letters()
    for letter in sent:
        server.deliver(letter.rfc822, letter.folder, letter.received)
    return len(sent)
