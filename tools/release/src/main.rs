//! The one command that builds a release.

mod args;

use atlas_release::{Effort, Key, Platform, ReleaseSet, Tree, compile, of_the_standard_library};
use std::error::Error;
use std::io::{Write as _, stderr, stdout};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What is to be made.
#[derive(Debug, Default)]
struct Args {
    out: Option<PathBuf>,
    targets: Vec<Platform>,
    binaries: Vec<(Platform, PathBuf)>,
    version: Option<String>,
    key: Option<Key>,
    mirror: Option<PathBuf>,
    compile_only: bool,
}

fn main() -> ExitCode {
    let done = match args::parse(std::env::args().skip(1)) {
        Ok(Some(args)) => release(&args),
        Ok(None) => stdout()
            .write_all(args::HELP.as_bytes())
            .map_err(Into::into),
        Err(error) => Err(format!("{error}\n\n{}", args::HELP).into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // With standard error closed there is nobody left to tell.
            let _ = writeln!(stderr(), "no release: {error}");
            ExitCode::FAILURE
        }
    }
}

fn release(args: &Args) -> Result<(), Box<dyn Error>> {
    // This program is compiled where it is used, of the source that it releases.
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut set = ReleaseSet::new(&workspace, args.version.as_deref())?;
    let compiled = |platform: Platform| -> Result<_, Box<dyn Error>> {
        let tree = Tree::of(&workspace, platform)?;
        let binary = compile(&workspace, &tree, Effort::Released)?;
        writeln!(stdout(), "{}", binary.display())?;
        Ok((tree, binary))
    };
    let Some(out) = &args.out else {
        for platform in &args.targets {
            compiled(*platform)?;
        }
        return Ok(());
    };
    // What is there already first: whatever is wrong with it is found before anything is compiled.
    set.check(out, args.key.as_ref(), args.mirror.as_deref())?;
    let rust = of_the_standard_library()?;
    for (platform, binary) in &args.binaries {
        set.add(&Tree::of(&workspace, *platform)?, binary, &rust)?;
    }
    for platform in &args.targets {
        let (tree, binary) = compiled(*platform)?;
        set.add(&tree, &binary, &rust)?;
    }
    if let Some(mirror) = &args.mirror {
        set.check_mirror(mirror)?;
    }
    let mut written = set.write(out, args.key.as_ref())?;
    if let Some(mirror) = &args.mirror {
        written.push(set.mirror(mirror)?);
    }
    for path in written {
        writeln!(stdout(), "{}", path.display())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// What a release says that would have to be compiled for another machine first.
    fn refusal(args: Args) -> String {
        let args = Args {
            targets: vec![another()],
            ..args
        };
        release(&args).unwrap_err().to_string()
    }

    /// A platform that this is not.
    fn another() -> Platform {
        let mut others = atlas_release::PLATFORMS.into_iter();
        let other = others.find(|one| Platform::here().ok() != Some(*one));
        other.unwrap()
    }

    #[test]
    fn what_would_fail_in_the_end_fails_before_anything_is_compiled_and_leaves_nothing_behind() {
        let directory = tempfile::tempdir().unwrap();
        let out = directory.path().join("set");
        let key = Key {
            name: "nobody@example.com".to_owned(),
            home: Some(directory.path().join("no keys")),
        };
        let into_out = || Args {
            out: Some(out.clone()),
            ..Args::default()
        };
        let said = refusal(Args {
            key: Some(key),
            ..into_out()
        });
        assert!(said.starts_with("gpg"), "{said}");
        assert!(!out.exists());

        let mirror = directory.path().join("mirror");
        let foreign = mirror.join(atlas_release::SOURCE_ADDRESS);
        fs::create_dir_all(&foreign).unwrap();
        fs::write(foreign.join("index.json"), "[]").unwrap();
        let said = refusal(Args {
            mirror: Some(mirror),
            ..into_out()
        });
        assert!(said.contains("index.json is no index"), "{said}");
        assert!(!out.exists());

        let said = refusal(Args {
            binaries: vec![(another(), directory.path().join("nowhere"))],
            ..into_out()
        });
        assert!(said.contains("nowhere"), "{said}");
        assert!(!out.exists());

        let file = directory.path().join("file");
        fs::write(&file, "").unwrap();
        let said = refusal(Args {
            out: Some(file.join("set")),
            ..Args::default()
        });
        assert!(said.starts_with(&file.display().to_string()), "{said}");

        fs::create_dir(&out).unwrap();
        fs::write(out.join("older"), "").unwrap();
        let said = refusal(into_out());
        assert!(said.ends_with("is not empty"), "{said}");
    }
}
