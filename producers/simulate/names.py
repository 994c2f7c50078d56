"""Names people bear, in many scripts, and what desks call their teams and automations."""

from __future__ import annotations

from random import Random

# Given names, family names, what stands between them, whether the family name comes first.
_NAMES: list[tuple[list[str], list[str], str, bool]] = [
    (["Zoë", "François", "Søren", "Jürgen", "Małgorzata", "Inês"],
     ["Müller", "García", "O’Brien", "Łukasik", "Åkesson", "d’Ávila"], " ", False),
    (["Амина", "Олександр", "Милена"], ["Ковальчук", "Петровић", "Іваненко"], " ", False),
    (["فاطمة", "يوسف", "ليلى", "عمر"], ["الحسن", "بن علي", "المصري"], " ", False),
    (["נועה", "יונתן", "תמר"], ["כהן", "לוי", "בן־דוד"], " ", False),
    (["伟", "秀英", "子涵", "浩然"], ["王", "李", "欧阳", "张"], "", True),
    (["さくら", "大翔", "陽菜", "蓮"], ["佐藤", "髙橋", "渡邉"], " ", True),
    (["서연", "민준", "지우"], ["김", "이", "박", "최"], "", True),
    (["สมชาย", "มาลี", "อรุณ"], ["ใจดี", "ศรีสุข", "ทองคำ"], " ", False),
    (["आरव", "प्रिया", "अनन्या"], ["शर्मा", "पटेल", "सिंह"], " ", False),
    (["Mia 🌻", "Leo 🚀", "🧑‍🚀 Sam"], ["B.", "K.", "👨‍👩‍👧"], " ", False),
]  # fmt: skip

TEAMS = ["Support", "Sales", "Facturation", "Продажі", "サポート", "الدعم"]
AUTOMATIONS = {
    "developer_api": ["CRM sync", "Order service"],
    "workflow": ["Route by language", "VIP first", "After hours"],
    "bot": ["Welcome bot", "FAQ-Bot", "預約機器人"],
    "zapier": ["New lead → agent", "Sheet row → agent"],
    "make": ["Escalation scenario", "Rückruf-Szenario"],
    "contact_import": ["trade-fair.csv", "müşteriler.csv"],
    "ai_agent": ["Concierge", "Asistente"],
    "n8n": ["Triage flow"],
    "unknown": ["Old gateway"],
    "click_to_chat_ad": ["Spring sale 🌷", "Black Friday", "Oferta de verano"],
}


def person(rng: Random) -> str:
    """A whole name, the way it is written where it comes from."""
    given, family, between, family_first = rng.choice(_NAMES)
    parts = [rng.choice(given), rng.choice(family)]
    return between.join(reversed(parts) if family_first else parts)
