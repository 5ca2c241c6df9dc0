//! The packages as people install them: from a mirror in the file system and from one in the network, checked against the lock file.

use super::world::World;
use crate::packages::https::Served;
use crate::packages::{outsider, set};
use atlas_release::ReleaseSet;
use plugin_host::terraform::Run;
use std::fs;
use std::path::PathBuf;
use terraform_provider_atlas::provider::{SOURCE_ADDRESS, VERSION};

const LOCK: &str = ".terraform.lock.hcl";

/// A mirror with the packages, as the command writes it. Scenarios make it before they begin: what is packed may have to be compiled
/// first, for longer than a scenario may take.
struct Mirror {
    set: &'static ReleaseSet,
    root: tempfile::TempDir,
    directory: PathBuf,
}

impl Mirror {
    /// None where there is nothing to install.
    fn new() -> Option<Self> {
        let (set, root) = (set()?, tempfile::tempdir().unwrap());
        let directory = set.mirror(root.path()).unwrap();
        assert_eq!(directory, root.path().join(SOURCE_ADDRESS));
        Some(Self {
            set,
            root,
            directory,
        })
    }

    /// What Python, which knows nothing of ours, says that the hashes are: that of the contents and that of the zip.
    fn hashes(&self) -> (String, String) {
        let told = outsider::packages(&self.directory);
        let (name, told) = told.as_object().unwrap().iter().next().unwrap();
        let sums = tempfile::tempdir().unwrap();
        self.set.write(sums.path(), None).unwrap();
        let sums = sums
            .path()
            .join(format!("terraform-provider-atlas_{VERSION}_SHA256SUMS"));
        let sums = fs::read_to_string(sums).unwrap();
        let line = sums.lines().find(|line| line.ends_with(name)).unwrap();
        let zh = line.split(' ').next().unwrap();
        (told["h1"].as_str().unwrap().to_owned(), format!("zh:{zh}"))
    }

    /// The host takes the provider from the file system and nothing from anywhere else.
    fn in_the_file_system(&self, world: &World) {
        let path = self.root.path().display();
        world.write(
            "cli.tfrc",
            &format!("provider_installation {{\n  filesystem_mirror {{\n    path = \"{path}\"\n  }}\n}}\n"),
        );
    }
}

pub(super) fn from_a_mirror_in_the_file_system(world: World) -> impl Future<Output = ()> {
    let mirror = Mirror::new();
    async move {
        let Some(mirror) = mirror else { return };
        mirror.in_the_file_system(&world);
        works(&world, &mirror.hashes()).await;
    }
}

pub(super) fn from_a_mirror_in_the_network(mut world: World) -> impl Future<Output = ()> {
    let mirror = Mirror::new();
    async move {
        let Some(mirror) = mirror else { return };
        let served = Served::new(mirror.root.path()).await;
        let url = &served.url;
        world.write(
            "cli.tfrc",
            &format!(
                "provider_installation {{\n  network_mirror {{\n    url = \"{url}\"\n  }}\n}}\n"
            ),
        );
        world.start_of_orders("");
        let refused = world.run(&["init"]).await;
        assert!(
            !refused.success() && refused.says("certificate"),
            "{refused}"
        );
        assert_eq!(served.asked(), [""; 0], "an authority that nobody trusts");

        world.write("authority.pem", &served.authority);
        let authority = world.terraform.path().join("authority.pem");
        world.terraform.env("SSL_CERT_FILE", authority);
        works(&world, &mirror.hashes()).await;
        let asked = served.asked();
        for file in ["index.json".to_owned(), format!("{VERSION}.json")] {
            let path = format!("/{SOURCE_ADDRESS}/{file}");
            assert!(asked.contains(&path), "{asked:?}");
        }
    }
}

pub(super) fn the_checksums_are_those_of_lock_files(world: World) -> impl Future<Output = ()> {
    let mirror = Mirror::new();
    async move {
        let Some(mirror) = mirror else { return };
        mirror.in_the_file_system(&world);
        world.start_of_orders("");
        let (h1, zh) = mirror.hashes();
        // One that a registry's SHA256SUMS gave, before there was another.
        for (hash, is_right) in [
            (zh.clone(), true),
            (h1.clone(), true),
            (format!("zh:{}", "0".repeat(64)), false),
            (format!("h1:{}=", "A".repeat(43)), false),
        ] {
            world.write(
            LOCK,
            &format!("provider \"{SOURCE_ADDRESS}\" {{\n  version = \"{VERSION}\"\n  hashes = [\n    \"{hash}\",\n  ]\n}}\n"),
        );
            let _ = fs::remove_dir_all(world.terraform.path().join(".terraform"));
            let run = world.run(&["init"]).await;
            assert_eq!(run.success(), is_right, "{hash}: {run}");
            assert!(is_right || run.says("checksums"), "{hash}: {run}");
            // What was right stays, and what was installed is known by what is in it from then on.
            let lock = fs::read_to_string(world.terraform.path().join(LOCK)).unwrap();
            assert!(lock.contains(&hash), "{lock}");
            assert_eq!(lock.contains(&h1), is_right, "{lock}");
        }
    }
}

/// Installs, looks whether the lock file has the right hashes, and plans with what was installed.
async fn works(world: &World, (h1, zh): &(String, String)) {
    world.start_of_orders("");
    let init = world.run(&["init"]).await;
    assert!(init.success(), "{init}");
    assert!(installs(&init), "{init}");
    let lock = fs::read_to_string(world.terraform.path().join(LOCK)).unwrap();
    let (_, block) = lock.split_once("provider ").unwrap();
    let quoted: Vec<&str> = block.split('"').skip(1).step_by(2).collect();
    let hashes: Vec<&&str> = quoted.iter().filter(|word| word.contains(':')).collect();
    assert_eq!(quoted[..2], [SOURCE_ADDRESS, VERSION], "{lock}");
    assert!(
        hashes.iter().any(|hash| *hash == h1),
        "{lock}, and not {h1}"
    );
    for hash in hashes {
        assert!(
            [h1, zh].contains(&&(*hash).to_owned()),
            "{lock}, and not {h1} or {zh}"
        );
    }
    let plan = world.plan().await;
    assert_eq!(plan.actions(), ["create"], "{}", plan.run);
    assert!(!plan.run.says("development overrides"), "{}", plan.run);
}

fn installs(init: &Run) -> bool {
    init.says(&format!("stream-start/atlas v{VERSION}"))
}
