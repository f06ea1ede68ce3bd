//! The files of the page.

use crate::page::{Asset, assets};

pub const ASSETS: &[Asset] = assets!(
    "../page/",
    "console.css",
    "api.js" "audit.js" "conversation.js" "conversations.js" "job.js" "letters.js" "main.js"
    "now.js" "parts.js" "plan.js" "words.js"
);
