//! The arguments of the command line.

use crate::Args;
use atlas_release::{Key, Platform};
use std::path::PathBuf;

/// What a person can do with it.
pub(crate) const HELP: &str = "\
Builds what is released of terraform-provider-atlas: a zip for each platform, the registry's manifest, SHA256SUMS and its
signature, and a bill of materials for each zip.

  --out DIR              write it to this directory, which must be empty or not there
  --target OS_ARCH       compile for this platform, as linux_amd64; may be given more than once.
                         Without this and --binary it is the platform of this machine
  --binary OS_ARCH=FILE  pack this executable, which was compiled elsewhere; may be given more than once
  --version VERSION      refuse to make another version than this
  --sign KEY             sign SHA256SUMS with this key of gpg
  --gpg-home DIR         where gpg has that key, unless it is where gpg looks by itself
  --mirror DIR           add the packages to the mirror in this directory; never another
                         build of a version that is there
  --compile-only         compile, print where the executables are, and write nothing else; has no use for --out, --binary,
                         --sign and --mirror
  --help                 print this text
";

/// Reads the arguments without the program's name; `None` asks for help.
pub(crate) fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Option<Args>, String> {
    let mut arguments = arguments.into_iter();
    let mut args = Args::default();
    let (mut key, mut home) = (None, None);
    let mut of_packing = None;
    while let Some(argument) = arguments.next() {
        if argument == "--help" {
            return Ok(None);
        }
        if argument == "--compile-only" {
            args.compile_only = true;
            continue;
        }
        if ["--out", "--binary", "--sign", "--mirror"].contains(&&*argument) {
            of_packing = Some(argument.clone());
        }
        let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
        match argument.as_str() {
            "--out" => args.out = Some(value()?.into()),
            "--target" => args.targets.push(platform(&value()?)?),
            "--binary" => args.binaries.push(binary(&value()?)?),
            "--version" => args.version = Some(value()?),
            "--sign" => key = Some(value()?),
            "--gpg-home" => home = Some(PathBuf::from(value()?)),
            "--mirror" => args.mirror = Some(value()?.into()),
            _ => return Err(format!("unknown argument {argument}")),
        }
    }
    args.key = match (key, home) {
        (Some(name), home) => Some(Key { name, home }),
        (None, Some(_)) => return Err("--gpg-home is for a key, and --sign is missing".to_owned()),
        (None, None) => None,
    };
    match of_packing {
        Some(other) if args.compile_only => {
            return Err(format!(
                "--compile-only packs nothing, and so {other} has no meaning beside it"
            ));
        }
        _ if args.out.is_none() && !args.compile_only => return Err("--out is missing".to_owned()),
        _ => {}
    }
    if args.targets.is_empty() && args.binaries.is_empty() {
        args.targets
            .push(Platform::here().map_err(|error| error.to_string())?);
    }
    let mut platforms: Vec<_> = args.binaries.iter().map(|(platform, _)| platform).collect();
    platforms.extend(&args.targets);
    for (index, platform) in platforms.iter().enumerate() {
        if platforms[..index].contains(platform) {
            return Err(format!("{platform} is there twice"));
        }
    }
    Ok(Some(args))
}

fn platform(name: &str) -> Result<Platform, String> {
    Platform::named(name).map_err(|error| error.to_string())
}

fn binary(value: &str) -> Result<(Platform, PathBuf), String> {
    let (name, path) = value
        .split_once('=')
        .ok_or(format!("--binary OS_ARCH=FILE, not {value}"))?;
    Ok((platform(name)?, path.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(words: &str) -> Result<Option<Args>, String> {
        parse(words.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn what_is_packed_is_what_was_asked_for_or_this_machine() {
        let args = parsed("--out set --target linux_arm64 --binary windows_amd64=a=b.exe");
        let args = args.unwrap().unwrap();
        let windows = Platform::named("windows_amd64").unwrap();
        assert_eq!(args.binaries, [(windows, "a=b.exe".into())]);
        assert_eq!(args.targets, [Platform::named("linux_arm64").unwrap()]);

        let args = parsed("--out set --sign KEY --mirror m").unwrap().unwrap();
        assert_eq!(args.targets, [Platform::here().unwrap()]);
        assert_eq!(args.key.unwrap().name, "KEY");
        assert!(parsed("--help").unwrap().is_none());
    }

    #[test]
    fn what_means_nothing_is_refused() {
        for (words, error) in [
            ("", "--out is missing"),
            ("--out", "--out needs a value"),
            ("--out set --gpg-home d", "--gpg-home is for a key"),
            ("--out set --sing KEY", "unknown argument --sing"),
            ("--out set --target amiga_68k", "no platform amiga_68k"),
            ("--out set --binary file", "--binary OS_ARCH=FILE"),
            (
                "--compile-only --binary linux_arm64=f",
                "--compile-only packs nothing, and so --binary has no meaning beside it",
            ),
            (
                "--compile-only --out set",
                "--compile-only packs nothing, and so --out has no meaning beside it",
            ),
            (
                "--compile-only --sign KEY",
                "--compile-only packs nothing, and so --sign has no meaning beside it",
            ),
            (
                "--mirror m --compile-only",
                "--compile-only packs nothing, and so --mirror has no meaning beside it",
            ),
            (
                "--out set --target linux_arm64 --binary linux_arm64=f",
                "linux_arm64 is there twice",
            ),
        ] {
            let said = parsed(words).unwrap_err();
            assert!(said.starts_with(error), "{words}: {said}");
        }
    }
}
