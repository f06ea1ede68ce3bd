//! The files of the page, which are part of the program.

use crate::page::{Asset, HTML, SCRIPT, STYLE};

macro_rules! script {
    ($name:literal) => {
        (concat!("/page/", $name), SCRIPT, include_str!(concat!("../page/", $name)))
    };
}

pub const ASSETS: &[Asset] = &[
    ("/", HTML, include_str!("../page/index.html")),
    ("/page/console.css", STYLE, include_str!("../page/console.css")),
    script!("api.js"),
    script!("audit.js"),
    script!("conversation.js"),
    script!("conversations.js"),
    script!("job.js"),
    script!("letters.js"),
    script!("main.js"),
    script!("now.js"),
    script!("parts.js"),
    script!("plan.js"),
    script!("words.js"),
];
