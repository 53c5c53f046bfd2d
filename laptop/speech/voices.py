"""Polly's voices: their languages, genders and engines, and which eSpeak voice stands in for each."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

# Clearest first: the first in a language is easiest to understand.
_VARIANTS = {"Female": ("f2", "f3", "f4", "f1", "f5"), "Male": ("m3", "m1", "m2", "m4", "m5")}
_ENGINES = {"s": "standard", "n": "neural"}

# Language code | its name | eSpeak's voice | ids, with gender and engines: s standard, n neural.
_TABLE = """
arb       | Arabic                | sem/ar     | Zeina F s
ar-AE     | Gulf Arabic           | sem/ar     | Hala F n, Zayd M n
ca-ES     | Catalan               | roa/ca     | Arlet F n
cmn-CN    | Chinese Mandarin      | sit/cmn    | Zhiyu F sn
cs-CZ     | Czech                 | zlw/cs     | Jitka F n
cy-GB     | Welsh                 | cel/cy     | Gwyneth F s
da-DK     | Danish                | gmq/da     | Naja F s, Mads M s, Sofie F n
de-AT     | Austrian German       | gmw/de     | Hannah F n
de-CH     | Swiss Standard German | gmw/de     | Sabrina F n
de-DE     | German                | gmw/de     | Vicki F sn, Marlene F s, Daniel M n, Hans M s
en-AU     | Australian English    | gmw/en     | Olivia F n, Nicole F s, Russell M s
en-GB     | British English       | gmw/en     | Amy F sn, Emma F sn, Brian M sn, Arthur M n
en-GB-WLS | Welsh English         | gmw/en     | Geraint M s
en-IE     | Irish English         | gmw/en     | Niamh F n
en-IN     | Indian English        | gmw/en     | Kajal F n, Aditi F s, Raveena F s
en-NZ     | New Zealand English   | gmw/en     | Aria F n
en-SG     | Singaporean English   | gmw/en     | Jasmine F n
en-US     | US English            | gmw/en-US  | Joanna F sn, Kendra F sn, Kimberly F sn, Salli F sn, Ivy F sn, \
Danielle F n, Ruth F n, Matthew M sn, Joey M sn, Justin M sn, Kevin M n, Gregory M n, Stephen M n
en-ZA     | South African English | gmw/en     | Ayanda F n
es-ES     | Castilian Spanish     | roa/es     | Lucia F sn, Conchita F s, Sergio M n, Enrique M s
es-MX     | Mexican Spanish       | roa/es-419 | Mia F sn, Andres M n
es-US     | US Spanish            | roa/es-419 | Lupe F sn, Penelope F s, Pedro M n, Miguel M s
fi-FI     | Finnish               | urj/fi     | Suvi F n
fr-BE     | Belgian French        | roa/fr-BE  | Isabelle F n
fr-CA     | Canadian French       | roa/fr     | Gabrielle F n, Chantal F s, Liam M n
fr-FR     | French                | roa/fr     | Lea F sn, Celine F s, Remi M n, Mathieu M s
hi-IN     | Hindi                 | inc/hi     |
is-IS     | Icelandic             | gmq/is     | Dora F s, Karl M s
it-IT     | Italian               | roa/it     | Bianca F sn, Carla F s, Adriano M n, Giorgio M s
ko-KR     | Korean                | ko         | Seoyeon F sn, Jihye F n
nb-NO     | Norwegian             | gmq/nb     | Ida F n, Liv F s
nl-BE     | Belgian Dutch         | gmw/nl     | Lisa F n
nl-NL     | Dutch                 | gmw/nl     | Laura F n, Lotte F s, Ruben M s
pl-PL     | Polish                | zlw/pl     | Ola F n, Ewa F s, Maja F s, Jacek M s, Jan M s
pt-BR     | Brazilian Portuguese  | roa/pt-BR  | Camila F sn, Vitoria F sn, Thiago M n, Ricardo M s
pt-PT     | Portuguese            | roa/pt     | Ines F sn, Cristiano M s
ro-RO     | Romanian              | roa/ro     | Carmen F s
ru-RU     | Russian               | zle/ru     | Tatyana F s, Maxim M s
sv-SE     | Swedish               | gmq/sv     | Elin F n, Astrid F s
tr-TR     | Turkish               | trk/tr     | Burcu F n, Filiz F s
yue-CN    | Chinese Cantonese     | sit/yue    | Hiujin F n
"""
_BILINGUAL = {"Aditi": ("hi-IN",), "Kajal": ("hi-IN",)}


@dataclass(frozen=True)
class Language:
    code: str
    name: str
    espeak: str


@dataclass(frozen=True)
class Voice:
    id: str
    language: Language
    also: tuple[Language, ...]
    gender: str
    engines: tuple[str, ...]
    variant: str

    def speaks(self, code: str) -> Language | None:
        return next((language for language in (self.language, *self.also) if language.code == code), None)


def _languages() -> dict[str, Language]:
    rows = [[cell.strip() for cell in line.split("|")] for line in _TABLE.strip().splitlines()]
    return {code: Language(code, name, espeak) for code, name, espeak, _ in rows}


def _voices() -> dict[str, Voice]:
    found = {}
    for line in _TABLE.strip().splitlines():
        code, _, _, ids = (cell.strip() for cell in line.split("|"))
        met = Counter[str]()
        for each in filter(None, ids.split(", ")):
            name, letter, engines = each.split()
            gender = {"F": "Female", "M": "Male"}[letter]
            variants = _VARIANTS[gender]
            found[name] = Voice(
                id=name,
                language=LANGUAGES[code],
                also=tuple(LANGUAGES[other] for other in _BILINGUAL.get(name, ())),
                gender=gender,
                engines=tuple(_ENGINES[engine] for engine in engines),
                variant=variants[met[gender] % len(variants)],
            )
            met[gender] += 1
    return found


LANGUAGES = _languages()
VOICES = _voices()
