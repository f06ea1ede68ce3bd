//! The words of Genesys' enumerations.
//!
//! Rule: a word that is not known is kept as it came, so that a new one of Genesys' breaks nothing.

use serde::{Deserialize, Deserializer};

use super::lenient;

macro_rules! words {
    ($(#[$documentation:meta])* $name:ident { $($(#[$variant_documentation:meta])* $variant:ident,)* }) => {
        $(#[$documentation])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$variant_documentation])* $variant,)*
            /// A word that is not known, as Genesys wrote it. Never to be sent.
            Unknown(String),
        }

        impl $name {
            /// Reads the word. Case does not matter, and no word is an error.
            pub fn parse(word: &str) -> Self {
                $(if word.eq_ignore_ascii_case(stringify!($variant)) {
                    return Self::$variant;
                })*
                Self::Unknown(word.to_owned())
            }

            /// The word.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => stringify!($variant),)*
                    Self::Unknown(word) => word,
                }
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::Unknown(String::new())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Ok(Self::parse(lenient::text(deserializer)?.as_deref().unwrap_or_default()))
            }
        }
    };
}

words! {
    /// What a notification is.
    NotificationType {
        /// Text, attachments, or both.
        Text,
        /// Quick replies, cards and other rich content.
        Structured,
        /// Any message, by the newer models' word.
        Message,
        /// The fate of a message.
        Receipt,
        /// Typing.
        Event,
    }
}
words! {
    /// Which way a message goes, seen from the contact centre.
    Direction {
        /// From the customer.
        Inbound,
        /// To the customer.
        Outbound,
    }
}
words! {
    /// Who wrote a message.
    OriginatingEntity {
        /// An agent.
        Human,
        /// An Architect flow or its bot.
        Bot,
    }
}
words! {
    /// What became of a message.
    ReceiptStatus {
        /// Genesys sent it.
        Sent,
        /// It reached the device.
        Delivered,
        /// It was read.
        Read,
        /// It failed; see the reasons.
        Failed,
        /// It was handed to the conversation: how an inbound message ends.
        Published,
        /// It was removed.
        Removed,
    }
}
words! {
    /// What an event is. Open Messaging has `Typing` only (`OpenMessageEvent.eventType`).
    EventType {
        /// Somebody is typing.
        Typing,
    }
}
words! {
    /// What an attachment is (`ContentAttachment.mediaType`).
    MediaType {
        /// A picture.
        Image,
        /// A film.
        Video,
        /// A sound.
        Audio,
        /// Any other file.
        File,
        /// A link to something on the web.
        Link,
    }
}
words! {
    /// What a button of a card does.
    CardActionType {
        /// Opens a URL.
        Link,
        /// Answers with a payload.
        Postback,
    }
}
