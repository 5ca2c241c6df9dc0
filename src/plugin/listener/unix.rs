//! The Unix socket: where it is, and who may reach it.

use super::{Environment, ListenError};
use std::fs::{Permissions, set_permissions};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use tempfile::{NamedTempFile, TempDir};
use tokio::net::{UnixListener, UnixStream};

/// Bytes of a path that fit into a socket's address everywhere (macOS has the shortest: 104 with the final zero).
const LONGEST_PATH: usize = 103;

/// As long as the names that sockets and their directories get.
const MADE_UP: &str = "plugin-123456";

/// A listening socket. Its fields are in the order in which they must go: the socket, then its directory.
#[derive(Debug)]
pub(crate) struct Socket {
    socket: NamedTempFile<UnixListener>,
    _directory: Option<TempDir>,
}

impl Socket {
    pub(super) fn path(&self) -> &Path {
        self.socket.path()
    }

    pub(super) async fn accept(&self) -> io::Result<UnixStream> {
        Ok(self.socket.as_file().accept().await?.0)
    }
}

/// Listens in the directory that the host names, else in a new one that only we can enter, and the group that the host names.
pub(super) fn bind(environment: &Environment) -> Result<Socket, ListenError> {
    let (directory, socket) = match environment.socket_directory() {
        // The host's own: who may enter it is its own affair.
        Some(directory) => {
            let socket = listen(&directory).map_err(|error| {
                ListenError::new(directory_of("PLUGIN_UNIX_SOCKET_DIR", &directory), error)
            })?;
            (None, socket)
        }
        None => {
            let parent = parent_directory(environment);
            let named = |error| ListenError::new(directory_of("TMPDIR", &parent), error);
            let directory = private_directory(&parent).map_err(named)?;
            let socket = listen(directory.path()).map_err(named)?;
            (Some(directory), socket)
        }
    };
    if let Some(group) = environment.socket_group() {
        let directory = directory.as_ref().map(TempDir::path);
        open_to(&group, directory, socket.path()).map_err(|error| {
            let whose = format!("for the group {group:?} (PLUGIN_UNIX_SOCKET_GROUP)");
            ListenError::new(whose, error)
        })?;
    }
    Ok(Socket {
        socket,
        _directory: directory,
    })
}

/// A path such as [`bind`] would make.
pub(super) fn path_in(environment: &Environment) -> Result<PathBuf, ListenError> {
    let Some(directory) = environment.socket_directory() else {
        return Ok(parent_directory(environment).join(MADE_UP).join(MADE_UP));
    };
    let path = directory.join(MADE_UP);
    fits(&path).map_err(|error| {
        ListenError::new(directory_of("PLUGIN_UNIX_SOCKET_DIR", &directory), error)
    })?;
    Ok(path)
}

fn directory_of(variable: &str, directory: &Path) -> String {
    format!("in {directory:?} (set {variable} to a short path of a writable directory)")
}

/// The temporary directory, unless no socket's address can hold its path, or the host cannot be told of it.
fn parent_directory(environment: &Environment) -> PathBuf {
    let directory = environment.temporary_directory();
    // A directory and a socket in it are still to come.
    let longest = LONGEST_PATH - 2 * ("/".len() + MADE_UP.len());
    if directory.as_os_str().as_bytes().len() <= longest && can_be_told(&directory) {
        directory
    } else {
        PathBuf::from("/tmp")
    }
}

/// Whether a socket can be at a path.
fn fits(path: &Path) -> io::Result<()> {
    let why = if path.as_os_str().as_bytes().len() > LONGEST_PATH {
        "is too long for a socket"
    } else if !can_be_told(path) {
        "cannot be told to the host: it holds | or what is no text"
    } else {
        return Ok(());
    };
    let message = format!("the path {path:?} {why}");
    Err(io::Error::new(io::ErrorKind::InvalidFilename, message))
}

/// Whether the handshake line can hold a path: one line of Unicode, whose fields are separated by `|`.
fn can_be_told(path: &Path) -> bool {
    path.to_str()
        .is_some_and(|text| !text.contains(|c: char| c == '|' || c.is_control()))
}

fn private_directory(parent: &Path) -> io::Result<TempDir> {
    tempfile::Builder::new()
        .prefix("plugin-")
        .permissions(Permissions::from_mode(0o700))
        .tempdir_in(parent)
}

fn listen(directory: &Path) -> io::Result<NamedTempFile<UnixListener>> {
    let socket = tempfile::Builder::new()
        .prefix("plugin-")
        .make_in(directory, |path| {
            fits(path)?;
            UnixListener::bind(path)
        })?;
    set_permissions(socket.path(), Permissions::from_mode(0o600))?;
    Ok(socket)
}

/// Lets a group connect to the socket, and pass through our directory, if there is one.
fn open_to(group: &str, directory: Option<&Path>, socket: &Path) -> io::Result<()> {
    let id = group_id(group)?;
    let places = directory.map(|directory| (directory, 0o710));
    for (path, mode) in places.into_iter().chain([(socket, 0o660)]) {
        chown(path, None, Some(id))?;
        set_permissions(path, Permissions::from_mode(mode))?;
    }
    Ok(())
}

/// The number of a group that is given by number or by name.
fn group_id(group: &str) -> io::Result<u32> {
    if let Ok(id) = group.parse() {
        return Ok(id);
    }
    let groups = std::fs::read_to_string("/etc/group")?;
    find_group(&groups, group).ok_or_else(|| {
        io::Error::new(
            io::ErrorKind::NotFound,
            format!("/etc/group has no group {group:?}"),
        )
    })
}

/// Looks a name up in the text of `/etc/group`: name, password, number and members, separated by colons.
fn find_group(groups: &str, name: &str) -> Option<u32> {
    groups.lines().find_map(|line| {
        let mut fields = line.split(':');
        if fields.next() == Some(name) {
            fields.nth(1)?.parse().ok()
        } else {
            None
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt as _;

    fn environment(variables: &[(&str, &Path)]) -> Environment {
        variables
            .iter()
            .map(|(name, value)| (*name, *value))
            .collect()
    }

    #[tokio::test]
    async fn the_socket_is_its_owners_alone_and_leaves_nothing() {
        let root = tempfile::tempdir().unwrap();
        let socket = bind(&environment(&[("TMPDIR", root.path())])).unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().mode() & 0o777;
        let path = socket.path().to_owned();
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(path.parent().unwrap()), 0o700);
        assert!(path.starts_with(root.path()));
        drop(socket);
        assert_eq!(std::fs::read_dir(root.path()).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn a_directory_that_the_host_names_holds_the_socket_itself() {
        let root = tempfile::tempdir().unwrap();
        let socket = bind(&environment(&[("PLUGIN_UNIX_SOCKET_DIR", root.path())])).unwrap();
        assert_eq!(socket.path().parent(), Some(root.path()));
        drop(socket);
        assert_eq!(std::fs::read_dir(root.path()).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn a_group_may_connect_where_the_host_says_so() {
        let root = tempfile::tempdir().unwrap();
        // Our own group: no privilege is needed to give a file to it.
        let group = root.path().metadata().unwrap().gid().to_string();
        let variables = [
            ("TMPDIR", root.path()),
            ("PLUGIN_UNIX_SOCKET_GROUP", Path::new(&group)),
        ];
        let socket = bind(&environment(&variables)).unwrap();
        assert_eq!(socket.path().metadata().unwrap().mode() & 0o777, 0o660);
        assert_eq!(
            socket.path().parent().unwrap().metadata().unwrap().mode() & 0o777,
            0o710
        );
    }

    #[tokio::test]
    async fn a_group_that_cannot_be_let_in_is_named_and_leaves_nothing() {
        let root = tempfile::tempdir().unwrap();
        for group in ["no-such-group", "4294967295x"] {
            let variables = [
                ("TMPDIR", root.path()),
                ("PLUGIN_UNIX_SOCKET_GROUP", Path::new(group)),
            ];
            let error = bind(&environment(&variables)).unwrap_err().to_string();
            assert!(error.contains("PLUGIN_UNIX_SOCKET_GROUP"), "{error}");
            assert!(error.contains(group), "{error}");
            assert!(!error.contains("TMPDIR"), "{error}");
            assert_eq!(std::fs::read_dir(root.path()).unwrap().count(), 0);
        }
    }

    #[tokio::test]
    async fn a_path_that_no_address_can_hold_is_avoided_or_named() {
        let root = tempfile::tempdir().unwrap();
        let deep = root.path().join("d".repeat(100));
        std::fs::create_dir(&deep).unwrap();
        let socket = bind(&environment(&[("TMPDIR", &deep)])).unwrap();
        assert!(socket.path().starts_with("/tmp"));
        let error = bind(&environment(&[("PLUGIN_UNIX_SOCKET_DIR", &deep)])).unwrap_err();
        assert!(
            error.to_string().contains("PLUGIN_UNIX_SOCKET_DIR"),
            "{error}"
        );
    }

    #[test]
    fn groups_are_found_by_name() {
        let groups = "root:x:0:\nstaff:x:50:ann,bob\nbroken\n";
        for (name, id) in [
            ("staff", Some(50)),
            ("root", Some(0)),
            ("ann", None),
            ("broken", None),
        ] {
            assert_eq!(find_group(groups, name), id, "{name}");
        }
    }
}
