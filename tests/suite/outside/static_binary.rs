//! The static executable in a root directory of its own: no loader, no library, no CA certificate, no name service.

use super::elf::{Needs, needs};
use super::not_here;
use super::root::EmptyRoot;
use crate::protocol::core::{Core, PROCESSOR, atlas, outcome};
use atlas_release::{Effort, Platform, Tree, compile};
use atlas_simulator::known;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// What none of the tests can prove where they cannot run.
const CLAIM: &str = "that the static executable runs in an empty root directory";

#[test]
fn it_needs_no_loader_and_no_library() {
    let Some(binary) = binary() else { return };
    let expected = Needs {
        loader: false,
        libraries: 0,
    };
    assert_eq!(needs(binary), expected);
}

#[tokio::test]
async fn in_an_empty_root_it_starts_a_processor_and_leaves_nothing_behind() {
    let Some(root) = empty_root() else { return };
    let (simulator, base_url) = atlas().await;
    let core = start(&root, &base_url).await;
    let request = core.plan(json!({})).await;
    let response = core.provider().apply_resource_change(request).await;
    let (state, errors) = outcome(response.unwrap().into_inner());
    assert_eq!(errors, [""; 0]);
    assert_eq!(state["state"], "STARTED");
    assert_eq!(simulator.state(PROCESSOR).as_deref(), Some("STARTED"));

    let ended = core.plugin.shutdown().await.unwrap();
    assert!(ended.status.success(), "{ended:?}");
    assert_eq!(root.contents(), ["terraform-provider-atlas", "tmp"]);
}

#[tokio::test]
async fn without_ca_certificates_the_error_says_what_to_do() {
    let Some(root) = empty_root() else { return };
    let error = refused(&root, "https://127.0.0.1:9").await;
    assert!(error.contains("no CA certificates"), "{error}");
    assert!(error.contains("SSL_CERT_FILE"), "{error}");
}

#[tokio::test]
async fn a_name_that_nobody_can_resolve_is_an_error_and_no_crash() {
    // A static glibc resolves names by itself; one that loaded a library for it would end the process here.
    let Some(root) = empty_root() else { return };
    let error = refused(&root, "http://atlas.invalid").await;
    assert!(error.contains("could not be reached"), "{error}");
    assert!(error.contains("nothing was sent"), "{error}");
}

/// The one error of a create that reaches nobody, after which the provider still ends in order.
async fn refused(root: &EmptyRoot, base_url: &str) -> String {
    let core = start(root, base_url).await;
    let request = core.plan(json!({})).await;
    let response = core.provider().apply_resource_change(request).await;
    let (state, errors) = outcome(response.unwrap().into_inner());
    assert!(state.is_null(), "{state}");
    let ended = core.plugin.shutdown().await.unwrap();
    assert!(ended.status.success(), "{ended:?}");
    let [error] = errors.try_into().unwrap();
    error
}

async fn start(root: &EmptyRoot, base_url: &str) -> Core {
    let configuration = json!({
        "base_url": base_url,
        "access_token": known::ACCESS_TOKEN,
        // A name is not there a second later either.
        "max_retries": 0,
    });
    Core::start_with(root.launch(), configuration).await
}

fn empty_root() -> Option<EmptyRoot> {
    let root = EmptyRoot::around(binary()?);
    if root.is_none() {
        not_here(CLAIM, "neither chroot nor a user namespace is permitted");
    }
    root
}

/// The static executable: the one that `ATLAS_TEST_STATIC_BINARY` names, else one that is built here, once.
pub(crate) fn binary() -> Option<&'static Path> {
    static BINARY: OnceLock<Option<PathBuf>> = OnceLock::new();
    let binary = BINARY.get_or_init(|| match std::env::var_os("ATLAS_TEST_STATIC_BINARY") {
        Some(path) => Some(path.into()),
        None => can_be_built()
            .map_err(|why| not_here(CLAIM, why))
            .ok()
            .map(|()| build()),
    });
    binary.as_deref()
}

fn can_be_built() -> Result<(), &'static str> {
    if !cfg!(all(
        target_os = "linux",
        target_env = "gnu",
        any(target_arch = "x86_64", target_arch = "aarch64")
    )) {
        return Err("it applies to Linux with glibc on x86_64 and aarch64 alone");
    }
    // A compiler that finds the file says where; one that does not repeats the name.
    let archive = Command::new("cc").arg("-print-file-name=libc.a").output();
    let found = archive.is_ok_and(|output| output.stdout.starts_with(b"/"));
    found
        .then_some(())
        .ok_or("there is no static glibc (libc.a) here")
}

/// Compiles it as a release, but unoptimized: what is linked into it, and what it finds missing, is the same.
fn build() -> PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR"));
    let tree = Tree::of(workspace, Platform::here().unwrap()).unwrap();
    compile(workspace, &tree, Effort::Tested).unwrap()
}
