//! The words of Genesys' enumerations.
//!
//! Rule: an unknown word is kept as written, so that new words of Genesys break nothing.

use serde::{Deserialize, Deserializer};

use super::lenient;

macro_rules! words {
    ($(#[$documentation:meta])* $name:ident { $($(#[$variant_documentation:meta])* $variant:ident,)* }) => {
        $(#[$documentation])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$variant_documentation])* $variant,)*
            /// An unknown word, as Genesys wrote it. Must never be sent.
            Unknown(String),
        }

        impl $name {
            /// Reads the word in any letter case. No word is an error.
            pub fn parse(word: &str) -> Self {
                $(if word.eq_ignore_ascii_case(stringify!($variant)) {
                    return Self::$variant;
                })*
                Self::Unknown(word.to_owned())
            }

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
    NotificationType {
        /// Text, attachments, or both.
        Text,
        /// Quick replies, cards and other rich content.
        Structured,
        /// Any message, in the newer models.
        Message,
        /// The outcome of a message.
        Receipt,
        /// Typing.
        Event,
    }
}
words! {
    /// The direction of a message, seen from the contact centre.
    Direction {
        /// From the customer.
        Inbound,
        /// To the customer.
        Outbound,
    }
}
words! {
    /// The author of a message.
    OriginatingEntity {
        /// An agent.
        Human,
        /// An Architect flow or its bot.
        Bot,
    }
}
words! {
    /// The outcome of a message.
    ReceiptStatus {
        /// Genesys sent it.
        Sent,
        /// The message reached the device.
        Delivered,
        Read,
        /// The reasons are in the receipt.
        Failed,
        /// The message was added to the conversation: the last status of an inbound message.
        Published,
        Removed,
    }
}
words! {
    /// The type of an event. Open Messaging has only `Typing` (`OpenMessageEvent.eventType`).
    EventType {
        Typing,
    }
}
words! {
    /// The kind of an attachment (`ContentAttachment.mediaType`).
    MediaType {
        Image,
        Video,
        Audio,
        /// Any other file.
        File,
        /// A link to a web page.
        Link,
    }
}
words! {
    /// The action of a card's button.
    CardActionType {
        /// Opens a URL.
        Link,
        /// Answers with a payload.
        Postback,
    }
}
