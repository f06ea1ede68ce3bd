//! The files of the page, which are part of the program.

use crate::page::{Asset, HTML, SCRIPT, STYLE};

macro_rules! script {
    ($name:literal) => {
        (concat!("/page/", $name), SCRIPT, include_str!($name))
    };
}

pub const ASSETS: &[Asset] = &[
    ("/", HTML, include_str!("index.html")),
    ("/page/style.css", STYLE, include_str!("style.css")),
    script!("act.js"),
    script!("buttons.js"),
    script!("called.js"),
    script!("content.js"),
    script!("controls.js"),
    script!("curl.js"),
    script!("fits.js"),
    script!("inspector.js"),
    script!("lines.js"),
    script!("list.js"),
    script!("main.js"),
    script!("model.js"),
    script!("people.js"),
    script!("real.js"),
    script!("received.js"),
    script!("scenarios.js"),
    script!("sides.js"),
    script!("signature.js"),
    script!("stream.js"),
    script!("tabs.js"),
    script!("way.js"),
    script!("words.js"),
];
