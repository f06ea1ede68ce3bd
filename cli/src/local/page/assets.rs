//! The files of the page, which are part of the program.

const SCRIPT: &str = "text/javascript; charset=utf-8";

/// A path with the content type and the text.
type Asset = (&'static str, &'static str, &'static str);

macro_rules! script {
    ($name:literal) => {
        (concat!("/page/", $name), SCRIPT, include_str!($name))
    };
}

const ASSETS: &[Asset] = &[
    ("/", "text/html; charset=utf-8", include_str!("index.html")),
    ("/page/style.css", "text/css; charset=utf-8", include_str!("style.css")),
    ("/page/icon.svg", "image/svg+xml", include_str!("icon.svg")),
    script!("act.js"),
    script!("buttons.js"),
    script!("called.js"),
    script!("content.js"),
    script!("controls.js"),
    script!("curl.js"),
    script!("dom.js"),
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

/// The content type and the text of the file at a path.
pub fn find(path: &str) -> Option<(&'static str, &'static str)> {
    ASSETS.iter().find(|(known, ..)| *known == path).map(|(_, mime, text)| (*mime, *text))
}
