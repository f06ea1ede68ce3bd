//! The needs of a reader: the keyboard, a narrow window, a place in a long conversation, and that
//! no text of a message is run.

use serde_json::json;

use super::{closed, opened};

#[tokio::test]
async fn the_keyboard_is_enough() {
    let Some((_local, mut browser)) = opened() else { return };
    // The skip link comes first.
    browser.key("Tab", 9, "");
    assert_eq!(browser.value("document.activeElement.className"), "skip");
    browser.key("Enter", 13, "\r");
    for _ in 0..10 {
        if browser.value("document.activeElement.id") == "phone-text" {
            break;
        }
        browser.key("Tab", 9, "");
    }
    browser.call("Input.insertText", &json!({ "text": "By keyboard" }));
    browser.key("Enter", 13, "\r");
    browser.sees("#desk-list", "By keyboard");
    browser.write("#new-id", "eva");
    browser.value("document.querySelector('[aria-selected=true]').focus()");
    browser.key("ArrowLeft", 37, "");
    browser.until("document.activeElement.textContent.startsWith('ana')");
    browser.until("document.activeElement.getAttribute('aria-selected') === 'true'");
    // A button that cannot be used says why.
    browser.value(
        "[...document.querySelectorAll('#desk-acts button')].find(one => one.textContent === 'Accept').focus()",
    );
    browser.key("Enter", 13, "\r");
    browser.sees("#problem", "Accept: Maria is not rung.");
    closed(&browser);
}

#[tokio::test]
async fn a_narrow_window_needs_no_scrolling_sideways() {
    let Some((_local, mut browser)) = opened() else { return };
    browser.size(320, 640);
    browser.write("#phone-text", &"aVeryLongWordWithoutASpace".repeat(8));
    browser.sees("#desk-list", "aVeryLongWord");
    for panel in ["#faults", "#state", "#scenarios"] {
        browser.value(&format!("document.querySelector({panel:?}).closest('details').open = true"));
    }
    let width = browser.value("document.documentElement.scrollWidth");
    assert!(width.as_u64().is_some_and(|width| width <= 320), "{width}");
    browser.picture("narrow");
    browser.value("document.querySelector('#way-list button.link').click()");
    browser.until("document.querySelector('#inspector').open");
    browser.sees("#inspector-body", "They are the same.");
    let width = browser.value("document.querySelector('#inspector').scrollWidth");
    assert!(width.as_u64().is_some_and(|width| width <= 320), "{width}");
    closed(&browser);
}

#[tokio::test]
async fn markup_is_shown_and_not_run() {
    let Some((_local, mut browser)) = opened() else { return };
    let text = "<img src=x onerror=\"window.hit=1\"><script>window.hit=1</script>";
    browser.write("#phone-text", text);
    browser.sees("#phone-list .text", text);
    browser.sees("#way-list", "recorded");
    assert_eq!(browser.value("document.querySelectorAll('#phone-list img').length"), 0);
    assert!(browser.value("window.hit").is_null());
    // Not even markup that got into the page is run.
    browser.value(
        "document.body.insertAdjacentHTML('beforeend', '<button id=bad onclick=\"window.hit=1\">x</button>')",
    );
    browser.value("document.querySelector('#bad').click()");
    assert!(browser.value("window.hit").is_null());
    assert!(browser.errors.iter().any(|error| error.contains("Content Security Policy")));
}

#[tokio::test]
async fn who_has_scrolled_up_stays_there_in_a_long_conversation() {
    let Some((local, mut browser)) = opened() else { return };
    let client = crate::harness::client();
    let say = |number: u32| {
        let body = json!({ "type": "message", "id": format!("n-{number}"), "text": format!("line {number}"),
            "contact": { "id": "ana" } });
        let request = client.post(format!("{}/lynn/support", local.bridge));
        request.header("x-api-key", "local-key").body(body.to_string()).send()
    };
    for number in 0..60 {
        assert_eq!(say(number).await.expect("an answer").status(), 202);
    }
    browser.sees("#phone-list", "line 59");
    browser.value("document.querySelector('#phone-list .scroll').scrollTop = 100");
    // The page hears of the scrolling with its next frame.
    browser.value("new Promise(done => requestAnimationFrame(() => setTimeout(done, 50)))");
    assert_eq!(say(60).await.expect("an answer").status(), 202);
    browser.sees("#phone-list", "line 60");
    browser.sees("#phone-list .more", "1 new below");
    let place = browser.value("document.querySelector('#phone-list .scroll').scrollTop");
    assert!(place.as_f64().is_some_and(|place| (place - 100.0).abs() < 30.0), "{place}");
    browser.press("#phone-list", "1 new below");
    browser.until("document.querySelector('#phone-list .more').hidden");
    closed(&browser);
}

/// 5,000 lines come in one go, as after a reload. Counts instead of times: only what is in view is
/// laid out, and a new line touches no other.
#[tokio::test]
async fn five_thousand_lines_stay_fast() {
    let Some((_local, mut browser)) = opened() else { return };
    let made = "(async () => { const { Model } = await import('/page/model.js');
        const { Side } = await import('/page/sides.js');
        document.querySelector('#phone-list').replaceChildren();
        const model = new Model();
        const side = new Side('phone', 'A long conversation', { choose() {}, inspect() {} });
        const line = id => model.add({ id, at: id, kind: 'request', trace: `t${id}`, from: 'lynn',
          method: 'POST', path: '/lynn/support', headers: [], contact: 'ana',
          body: JSON.stringify({ type: 'message', id: `m${id}`, text: `line ${id}` }) });
        for (let id = 1; id <= 5000; id++) line(id);
        side.render(model.customer('ana'));
        const frame = () => new Promise(done => requestAnimationFrame(() => setTimeout(done)));
        await frame();
        await frame();
        const items = [...side.list.items.children];
        const shown = items.filter(item =>
          item.firstElementChild.checkVisibility({ contentVisibilityAuto: true })).length;
        let touched = 0;
        const observer = new MutationObserver(changes => (touched += changes.length));
        observer.observe(side.list.items, { childList: true, subtree: true, characterData: true });
        line(5001);
        side.render(model.customer('ana'));
        await frame();
        return { lines: side.list.items.children.length, shown, touched }; })()";
    let measured = browser.value(made);
    assert_eq!(measured["lines"], 5001);
    assert_eq!(measured["touched"], 1, "{measured}");
    assert!(measured["shown"].as_u64().is_some_and(|shown| shown < 200), "{measured}");
    closed(&browser);
}
