"""What can move a contact: the one list of sources, in the order readers see them."""

from __future__ import annotations

from enum import StrEnum


class Source(StrEnum):
    """What moved the contact; the value is what stands on the wire.

    The colours are apart for every kind of colour vision, on light and dark ground alike.
    """

    label: str
    """The name readers see, such as "Bot (Dialogflow)"."""
    meaning: str
    colour: str

    def __new__(cls, value: str, label: str = "", meaning: str = "", colour: str = "") -> Source:
        """A source that knows what is said of it."""
        source = str.__new__(cls, value)
        source._value_ = value
        source.label, source.meaning, source.colour = label, meaning, colour
        return source

    DEVELOPER_API = ("developer_api", "Developer API", "a program, through the API", "#7a6ff0")
    WORKFLOW = ("workflow", "Workflow", "a step of a workflow", "#2f7ed8")
    BOT = ("bot", "Bot (Dialogflow)", "a bot that talks to the contact", "#0f9b8e")
    ZAPIER = ("zapier", "Zapier", "an automation in Zapier", "#e0723a")
    MAKE = ("make", "Make", "an automation in Make", "#b0529f")
    USER = ("user", "User", "a person, by hand", "#3f9b45")
    CONTACT_IMPORT = ("contact_import", "Contact Import", "an import of contacts", "#a98321")
    CLOSE_CONVERSATION = (
        "close_conversation",
        "Close Conversation (Legacy)",
        "the closing of a conversation, which took the contact from its holder",
        "#7d8794",
    )
    CLICK_TO_CHAT_AD = (
        "click_to_chat_ad",
        "Click-to-Chat Ad",
        "an ad that the contact came through",
        "#d64f6c",
    )
    AI_AGENT = ("ai_agent", "AI Agent", "an agent that decides by a language model", "#1b9fc6")
    N8N = ("n8n", "n8n", "an automation in n8n", "#8a5a3c")
    UNKNOWN = ("unknown", "Not told", "the sender does not know", "#55606e")
