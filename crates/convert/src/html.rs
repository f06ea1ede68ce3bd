//! Converts HTML from customers, bots and flows to plain text.
//!
//! Rule: plain text is never damaged. Only a complete tag of a known HTML element counts as a tag:
//! `a < b`, `I <3 you` and `<unknown-thing>` stay. A text is converted only when it is markup as a
//! whole: every tag is closed, or is a line break or a picture. Any other text is returned
//! unchanged, with its `&amp;` and line breaks: `new A<B>();`, `use <select> here`.

mod elements;
mod render;
mod scan;
mod tag;

/// Converts a text that is markup, and returns any other text unchanged. Line breaks are kept,
/// lists get bullets, links become `text (url)`, pictures, films and sounds become their words and
/// URL, scripts and styles are omitted. The result is empty when the text contains only tags.
pub fn to_text(text: &str) -> String {
    if !text.contains('<') {
        return text.to_owned();
    }
    // HTML knows only one kind of line break.
    let unified = text.replace("\r\n", "\n").replace('\r', "\n");
    scan::plain(&unified).unwrap_or_else(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::to_text;

    #[test]
    fn leaves_what_is_no_tag() {
        for text in [
            "a < b and c > d",
            "x<y and z>w",
            "I <3 you",
            "<unknown-thing>",
            "<b",
            "<b and c> is no tag",
            "how do I use <script> here?",
            "R&D &amp; more",
            " spaces \n\n\n kept ",
            "<!-- only a comment -->",
            "<ana@example.com>",
            "if a<b then",
            "si a<b>c entonces",
            "new A<B>();",
            "pon <select> o <input type=text>",
            "pon <select></select> o <input type=text>",
            "<p>one<p>two",
            "a</p> and <p>b",
            "<b><i>one</b></i>",
            "List<A> a &amp; </b>",
            "<meta> and <source>",
            "",
        ] {
            assert_eq!(to_text(text), text);
        }
    }

    #[test]
    fn turns_tags_into_text() {
        for (html, text) in [
            ("<b>bold</b> and <i>italic</i>", "bold and italic"),
            ("one<br>two<br/>three", "one\ntwo\nthree"),
            ("one<br>\ntwo", "one\ntwo"),
            ("<p>one</p><p>two</p>", "one\ntwo"),
            ("<p>one</p>\n<p>two</p>", "one\ntwo"),
            ("<p>one</p><p><br></p><p><br></p><p>two</p>", "one\n\ntwo"),
            ("<div>one<div>two</div></div>three", "one\ntwo\nthree"),
            ("<ul>\n  <li>one</li>\n  <li><p>two</p></li>\n</ul>end", "• one\n• two\nend"),
            ("<ul><li></li><li>\n x</li></ul>", "•\n• x"),
            ("<h1>Title</h1>text", "Title\ntext"),
            ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
            (
                "<a href=\"https://example.com/a?b=1&amp;c=2\">here</a>.",
                "here (https://example.com/a?b=1&c=2).",
            ),
            ("<a href='https://example.com'>https://example.com</a>", "https://example.com"),
            ("<a href=\"mailto:a@example.com\">a@example.com</a>", "a@example.com"),
            ("<a href=\"#top\">up</a> <a href=\"https://e.com\"></a>", "up https://e.com"),
            ("see <a href=\"https://e.com\">this </a>page", "see this (https://e.com) page"),
            ("<p>a < b & c</p>", "a < b & c"),
            ("<p>x &lt; y &amp;&nbsp;z</p>", "x < y &\u{a0}z"),
            ("<p>http://e.com?a=1&copy=2</p>", "http://e.com?a=1&copy=2"),
            ("<b>I <3 you</b> <unknown-thing>", "I <3 you <unknown-thing>"),
            ("a<!-- hidden --><b>b</b>", "ab"),
            ("<style>p { color: red }</style><p>a</p><script>if (a<b) {}</script>", "a"),
            ("<img src=\"x.png\" alt=\"A cat\"> <b>meow</b>", "A cat meow"),
            ("line one\nline <b>two</b>\n\n\n\nline three", "line one\nline two\n\nline three"),
            ("<p></p>", ""),
            ("<!DOCTYPE html>\n<html><body>a</body></html>", "a"),
            ("<p>a<o:p></o:p></p><p><o:p>&nbsp;</o:p></p>", "a"),
            ("<B CLASS=x>a</B >", "a"),
            ("<ul><li>one<li>two</ul>", "• one\n• two"),
            ("<table><tr><td>a<td>b<tr><td>c</table>", "a b\nc"),
            ("a<br></br>b<o:p/>", "a\n\nb"),
            ("<p>use <select> or <input type=text></p>", "use <select> or <input type=text>"),
            ("<b and <b>c</b>", "<b and c"),
            ("<p>a\r\nb\rc</p>", "a\nb\nc"),
            ("<p>&notit; &foo; &#x41;&#0;</p>", "¬it; &foo; A\u{fffd}"),
            ("<img ALT='&copy=1 &lt;1'>", "&copy=1 <1"),
            ("<a href='https://e\0.com'></a>", "https://e\u{fffd}.com"),
            ("<p>Mira: <img src=\"https://x/foto.png\"></p>", "Mira: https://x/foto.png"),
            ("Mira:<img src='https://x/a.png'>llegue", "Mira: https://x/a.png llegue"),
            ("<img src=https://x/a.png alt='A cat'>", "A cat (https://x/a.png)"),
            ("hi<img src=https://x/1f600.png alt=😀>", "hi😀"),
            ("<img src=data:image/png,x alt=Cat><img src=cid:1>", "Cat"),
            ("<p>video:</p><video src=\"https://x/v.mp4\"></video>", "video:\nhttps://x/v.mp4"),
            ("<audio controls><source src=HTTPS://x/a.mp3></audio>", "HTTPS://x/a.mp3"),
            ("<iframe src=https://x/f></iframe> llegue", "https://x/f llegue"),
            (
                "<a href=https://e.com><img src=https://x/a.png></a>",
                "https://x/a.png (https://e.com)",
            ),
            ("<ul><li><img src=https://x/a.png></li></ul>", "• https://x/a.png"),
            ("5<sup>2</sup> m<sup>2</sup>3 10<sup>-3</sup>", "5^2 m^2 3 10^-3"),
            ("5<sup>2</sup>.", "5^2."),
            ("(<img src=https://x/a.png>), ya", "(https://x/a.png), ya"),
            ("ve<a href=https://e.com></a>ya", "ve https://e.com ya"),
            ("<a href=https://e.com>https://e.com</a>ya", "https://e.com ya"),
            ("1<sup>er</sup> piso, H<sub>2</sub>O, 10<sub>2</sub>", "1er piso, H2O, 10_2"),
            ("5 <sup>2</sup>", "5 2"),
        ] {
            assert_eq!(to_text(html), text, "{html}");
        }
    }

    #[test]
    fn is_fast_on_what_never_closes() {
        for text in
            ["<!-- ", "<script>", "<a href=\"", "<a <b ", "<p x='\"", "&amp", "<li><a href=x>"]
        {
            to_text(&text.repeat(20_000));
            to_text(&format!("<b>{}", text.repeat(20_000)));
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in "(<|>|</|/>|p|a href=|\"|'|br|li|img alt=x|script|style|<!--|-->|&|amp;|#65;|\\PC|[ \\n\\r\\t\\x00]){0,60}") {
            to_text(&text);
        }

        #[test]
        fn leaves_text_without_tags_alone(text in "[^>]{0,80}") {
            prop_assert_eq!(to_text(&text), text);
        }

        #[test]
        fn leaves_text_with_a_tag_that_is_not_closed_alone(
            before in "[^<>]{0,20}", tag in prop::sample::select(vec!["<b>", "<B>", "<p>", "</p>", "<ul><li>", "<a href=x>", "<select>", "<input type=text>"]),
            after in "[^<>]{0,20}",
        ) {
            let text = format!("{before}{tag}{after}");
            prop_assert_eq!(to_text(&text), text);
        }

        #[test]
        fn keeps_every_word_between_tags(words in proptest::collection::vec("[a-z<&]{1,8} ", 1..8)) {
            let html: String = words.iter().map(|word| format!("<b>{word}</b>")).collect();
            let text = words.concat();
            prop_assert_eq!(to_text(&html), text.trim());
        }
    }
}
