//! The page in a real browser: what it shows, and what its buttons do.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test may panic, and so may what it calls"
)]

mod chromium;

use std::{
    collections::BTreeSet,
    io::{self, Write},
    path::PathBuf,
    time::Duration,
};

use atlas_simulator::{Effect, Fault, Operation, Outcome, Simulator, known};
use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};
use tokio::{net::TcpListener, runtime::Handle};

use chromium::Chromium;

const ON_WATCH: &str = "document.getElementById('status').textContent.includes('on watch')";

/// Sends a request about a processor in memory, as a client with the known token does.
fn ask(simulator: &Simulator, method: &str, target: &str) -> Outcome {
    let (group, tenant) = (known::GROUP_ID, known::TENANT);
    let request = Request::builder()
        .method(method)
        .uri(format!(
            "/api/atlas/v2/groups/{group}/streams/{tenant}/{target}"
        ))
        .header("accept", "application/vnd.atlas.2025-03-12+json")
        .header("authorization", format!("Bearer {}", known::ACCESS_TOKEN))
        .header("user-agent", "<b>somebody</b>/1");
    let request = request.body(Bytes::new()).expect("a request");
    Handle::current().block_on(simulator.handle(request))
}

/// What the simulator answers to a control request, in JSON.
fn told(simulator: &Simulator, path: &str) -> Value {
    let request = Request::get(path).body(Bytes::new()).expect("a request");
    let answer = Handle::current().block_on(simulator.handle(request));
    let answer = answer.response().expect("an answer");
    serde_json::from_slice(answer.body()).expect("JSON")
}

/// The browser to look with. Where there is none, it is said what was not looked at.
fn browser(what: &str) -> Option<PathBuf> {
    let found = Chromium::find();
    if found.is_none() {
        let missing = "there is no chromium, chromium-browser or google-chrome on PATH, and ATLAS_TEST_CHROMIUM names none";
        writeln!(
            io::stderr(),
            "{missing}: this test has not looked at {what} in a browser"
        )
        .expect("stderr");
    }
    found
}

/// Opens the page of this simulator and waits until it is on watch.
async fn opened(program: PathBuf, base_url: String) -> Chromium {
    let opening = tokio::task::spawn_blocking(move || {
        let mut page = Chromium::open(&program, &format!("{base_url}/_sim/"));
        page.wait_for(ON_WATCH);
        page
    });
    opening.await.expect("a page")
}

/// Runs a test on the page of this simulator.
async fn on_the_page(what: &str, simulator: Simulator, test: fn(&Simulator, &mut Chromium)) {
    let Some(program) = browser(what) else {
        return;
    };
    let base_url = simulator.serve_on_loopback().await.expect("a port");
    let mut page = opened(program, base_url).await;
    let looking = tokio::task::spawn_blocking(move || test(&simulator, &mut page));
    looking.await.expect("all is as it should be");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_shows_processors_exchanges_and_faults() {
    let simulator = Simulator::new();
    simulator.add_processor("orders", "STOPPED");
    simulator.add_processor("<img src=x onerror=document.title='broken'>", "FAILED");
    let timeout = Effect::stream_processor_timeout(known::TENANT, "orders", true);
    simulator.fault(Fault::on(Operation::Start, timeout));
    let slow = Effect::SlowDrip.after(Duration::from_secs(3));
    simulator.fault(
        Fault::on(Operation::List, slow)
            .of("orders")
            .skip(4)
            .always(),
    );
    on_the_page("what the page shows", simulator, |simulator, page| {
        page.wait_for("document.getElementById('faults').children.length === 2");
        ask(simulator, "POST", "processor/orders:start?pretty=true");
        page.wait_for("document.getElementById('record').children.length === 1");
        page.wait_for("document.getElementById('faults').children.length === 1");
        let text = |page: &mut Chromium, id: &str| {
            let text = page.value(&format!("document.getElementById('{id}').innerText"));
            text.as_str().expect("text").to_owned()
        };
        let processors = text(page, "processors");
        for shown in [
            "orders",
            "STARTED",
            "workspace-1",
            "<img src=x onerror=document.title='broken'>",
            "FAILED",
        ] {
            assert!(processors.contains(shown), "{shown} is not in {processors}");
        }
        let record = text(page, "record");
        for shown in [
            "POST …/workspace-1/processor/orders:start?pretty=true",
            "504",
            "stream_processor_timeout, but Atlas does it",
            "STOPPED → STARTED",
            "<b>somebody</b>/1 · Bearer",
        ] {
            assert!(record.contains(shown), "{shown} is not in {record}");
        }
        let faults = text(page, "faults");
        for shown in [
            "list of orders",
            "after 3000 ms: slow_drip",
            "4 more",
            "no end",
        ] {
            assert!(faults.contains(shown), "{shown} is not in {faults}");
        }
        assert_eq!(page.value("document.title"), json!("Atlas simulator"));
        assert_eq!(
            page.value("document.querySelectorAll('img, td b b').length"),
            json!(0)
        );
        // Nothing of the page itself went to Atlas, and nothing of the record is left after it was forgotten.
        assert_eq!(simulator.record().len(), 1);
        page.click("#clear-record");
        page.wait_for("document.getElementById('record').children.length === 0");
        assert_eq!(simulator.record().len(), 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_clicked_on_the_page_happens() {
    let simulator = Simulator::new();
    simulator.add_processor("orders", "STOPPED");
    on_the_page("what its buttons do", simulator, |simulator, page| {
        let choose = |page: &mut Chromium, name: &str, value: &str| {
            page.value(&format!(
                "(() => {{ const field = document.querySelector('#fault [name={name}]'); field.focus(); field.value = '{value}'; \
                 field.dispatchEvent(new Event('input', {{ bubbles: true }})); }})()"
            ));
        };
        choose(page, "operation", "start");
        choose(page, "what", "service_unavailable");
        choose(page, "times", "2");
        page.click("#fault [name=processed]");
        page.click("#fault [type=submit]");
        page.wait_for("document.getElementById('faults').children.length === 1");
        let outcome = ask(simulator, "POST", "processor/orders:start");
        assert_eq!(outcome.status(), Some(503));
        assert_eq!(simulator.state("orders").as_deref(), Some("STARTED"));
        page.wait_for("document.getElementById('record').innerText.includes('service_unavailable, but Atlas does it')");
        // The other time is still to come, until the fault is removed.
        page.click("#faults button");
        page.wait_for("document.getElementById('faults').children.length === 0");
        page.click("#processors button[aria-label='put orders into FAILED']");
        page.wait_for("document.querySelector('#processors .state').textContent === 'FAILED'");
        let focus = page.value("document.activeElement.getAttribute('aria-label')");
        assert_eq!(focus, json!("put orders into FAILED"), "the focus stays");
        assert_eq!(simulator.state("orders").as_deref(), Some("FAILED"));
        assert_eq!(ask(simulator, "POST", "processor/orders:start").status(), Some(200));
        page.click("#processors button[aria-label='delete orders']");
        page.wait_for("document.getElementById('processors').children.length === 0");
        assert_eq!(simulator.state("orders"), None);
        // What the simulator does not understand it says on the page.
        choose(page, "effect", "\"explode\"");
        page.click("#fault [type=submit]");
        page.wait_for("document.getElementById('problem').textContent.includes('unknown variant `explode`')");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_word_that_the_form_offers_is_the_simulators() {
    on_the_page("the words of its form", Simulator::new(), |simulator, page| {
        let offered = |page: &mut Chromium, selector: &str| -> BTreeSet<String> {
            let values = format!("[...document.querySelectorAll('{selector}')].map((option) => option.value)");
            serde_json::from_value(page.value(&values)).expect("texts")
        };
        let words = told(simulator, "/_sim/words");
        let texts = |list: &Value| -> Vec<String> { serde_json::from_value(list.clone()).expect("texts") };
        let keys = |map: &Value| -> Vec<String> { map.as_object().expect("a map").keys().cloned().collect() };
        let mut operations: BTreeSet<_> = texts(&words["operations"]).into_iter().collect();
        operations.insert(String::new());
        assert_eq!(offered(page, "#fault [name=operation] option"), operations);
        let effects = keys(&words["ready"]).into_iter().chain(keys(&words["effects"]));
        assert_eq!(offered(page, "#fault [name=what] option"), effects.clone().collect());
        let states = texts(&words["states"]["lasting"]).into_iter().chain(texts(&words["states"]["passing"]));
        assert_eq!(offered(page, "#states option"), states.collect());
        // Each of them can be set as the form writes it, with every box that it may tick.
        for (number, effect) in effects.enumerate() {
            page.value(&format!(
                "(() => {{ const {{ what, processed }} = document.getElementById('fault').elements; what.value = '{effect}'; \
                 processed.checked = {}; what.dispatchEvent(new Event('input')); }})()",
                number % 2 == 0
            ));
            page.click("#fault [type=submit]");
            page.wait_for(&format!("document.getElementById('faults').children.length === {}", number + 1));
        }
        assert_eq!(page.value("document.getElementById('problem').textContent"), json!(""));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_says_when_the_simulator_has_gone() {
    let Some(program) = browser("what the page says when the simulator has gone") else {
        return;
    };
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let first = Simulator::new();
    first.add_processor("orders", "STARTED");
    let serving = tokio::spawn(first.clone().serve(listener));
    let mut page = opened(program, format!("http://{address}")).await;
    let watched = tokio::task::spawn_blocking(move || {
        for _ in 0..3 {
            ask(&first, "GET", "processor/orders");
        }
        page.wait_for("document.getElementById('record').children.length === 3");
        page
    });
    let mut page = watched.await.expect("what was asked");
    serving.abort();
    let gone = tokio::task::spawn_blocking(move || {
        page.wait_for(
            "document.getElementById('status').textContent.includes('not reachable any more')",
        );
        let enabled = page.value("document.querySelectorAll('button:enabled').length");
        assert_eq!(enabled, json!(0));
        let shown = page.value("document.querySelector('#processors .state').textContent");
        assert_eq!(shown, json!("STARTED"), "what was seen last stays");
        page
    });
    let mut page = gone.await.expect("it says so");
    // Another one on the same port: nothing of the first is left, and its few exchanges are no old ones.
    let second = Simulator::new();
    second.add_processor("bills", "CREATED");
    let listener = TcpListener::bind(address).await.expect("the same port");
    let back = tokio::task::spawn_blocking(move || {
        ask(&second, "GET", "processor/bills");
        tokio::spawn(second.serve(listener));
        page.wait_for(ON_WATCH);
        let names =
            "[...document.querySelectorAll('#processors td b')].map((name) => name.textContent)";
        assert_eq!(page.value(names), json!(["bills"]));
        let paths =
            "[...document.querySelectorAll('#record .mono')].map((path) => path.textContent)";
        assert_eq!(
            page.value(paths),
            json!(["GET …/workspace-1/processor/bills"])
        );
    });
    back.await.expect("it is back");
}
