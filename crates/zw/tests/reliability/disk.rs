//! A disk that can be filled: a file system of its own for the state of a project.

use std::fs::{File, create_dir_all, remove_file};
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::support::Project;

/// Where the state of a project is.
pub(crate) struct Disk {
    dir: PathBuf,
}

impl Disk {
    /// Has a project keep its state on a disk of 8 MB; `None` where this machine lets us mount none.
    pub(crate) fn of(project: &Project) -> Option<Self> {
        let dir = project.path().join(".zw");
        create_dir_all(&dir).expect("a directory");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=8m", "tmpfs"]).arg(&dir).stderr(Stdio::null());
        mount.status().is_ok_and(|status| status.success()).then_some(Self { dir })
    }

    /// From now on nothing more fits on it.
    pub(crate) fn fill(&self) {
        let mut filler = File::create(self.filler()).expect("a file");
        for size in [4096, 512, 1] {
            while filler.write_all(&vec![0; size]).is_ok() {}
        }
    }

    /// There is room again.
    pub(crate) fn clear(&self) {
        remove_file(self.filler()).expect("the file is there");
    }

    fn filler(&self) -> PathBuf {
        self.dir.join("filler")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let ended = Command::new("umount").arg("-l").arg(&self.dir).status();
        assert!(ended.is_ok_and(|status| status.success()), "{} stays mounted", self.dir.display());
    }
}
