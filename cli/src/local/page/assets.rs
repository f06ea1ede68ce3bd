//! The files of the page.

use crate::page::{Asset, assets};

pub const ASSETS: &[Asset] = assets!(
    "",
    "style.css",
    "act.js" "buttons.js" "called.js" "content.js" "controls.js" "curl.js" "fits.js"
    "inspector.js" "lines.js" "list.js" "main.js" "model.js" "people.js" "real.js" "received.js"
    "scenarios.js" "sides.js" "signature.js" "stream.js" "tabs.js" "way.js" "words.js"
);
