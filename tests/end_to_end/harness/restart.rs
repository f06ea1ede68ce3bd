//! Restarts the program, unchanged or with limited resources.

use super::{Harness, not_run, start};
use crate::process::Process;

impl Harness {
    /// Restarts the program after it was killed or has ended, with the same configuration and data,
    /// on another port.
    pub async fn restart(&mut self) {
        (self.process, self.address) =
            start(&self.directory, &self.arguments, &self.environment).await;
        self.announce();
    }

    /// Restarts the program, with other arguments from now on.
    pub async fn restart_with(&mut self, arguments: &[&str]) {
        self.arguments = arguments.iter().map(ToString::to_string).collect();
        self.restart().await;
    }

    /// Restarts the program with a limited file size, like a disk that is soon full.
    pub async fn restart_limited(&mut self, blocks: u32) {
        let config = self.config_path();
        let arguments = ["serve", "--config", config.to_str().expect("UTF-8")];
        self.process =
            Process::spawn_limited(&arguments, &self.directory.path().join("bridge.log"), blocks);
        self.address = self.process.address().await;
        self.announce();
    }

    /// Restarts the program with a limit of open files.
    pub async fn restart_with_files(&mut self, files: u32) {
        let config = self.config_path();
        let arguments = ["serve", "--config", config.to_str().expect("UTF-8")];
        self.process =
            Process::spawn_with_files(&arguments, &self.directory.path().join("bridge.log"), files);
        self.address = self.process.address().await;
        self.announce();
    }

    /// Restarts the program on a separate small disk, without its earlier data. Returns whether
    /// that is possible here.
    pub async fn restart_on_small_disk(&mut self, full: bool) -> bool {
        let data = self.data_directory();
        if !Process::may_have_a_disk(&data) {
            not_run("a full disk: a mount of one's own (unshare, tmpfs) is not possible here");
            return false;
        }
        let config = self.config_path();
        let arguments = ["serve", "--config", config.to_str().expect("UTF-8")];
        let log = self.directory.path().join("bridge.log");
        self.process = Process::spawn_on_small_disk(&arguments, &log, &data, full);
        if !full {
            self.address = self.process.address().await;
            self.announce();
        }
        true
    }

    /// Fills the small disk completely.
    pub fn fill_small_disk(&mut self) {
        let data = self.data_directory();
        let fill = self.process.seen_by_it(&data).join("fill");
        let mut file = std::fs::File::create(fill).expect("a file");
        while std::io::Write::write_all(&mut file, &[0; 512]).is_ok() {}
    }

    /// Frees the space again.
    pub fn free_small_disk(&mut self) {
        let data = self.data_directory();
        std::fs::remove_file(self.process.seen_by_it(&data).join("fill")).expect("removed");
    }

    /// Restarts the program on a separate file system that outlives it. Returns whether that is
    /// possible here.
    pub async fn restart_on_image(&mut self) -> bool {
        let (data, image) = (self.data_directory(), self.directory.path().join("disk.image"));
        if !image.exists() && !Process::may_mount_an_image(&data, &image) {
            not_run("a file system that turns read-only: root, a loop device and ext4 are needed");
            return false;
        }
        let config = self.config_path();
        let arguments = ["serve", "--config", config.to_str().expect("UTF-8")];
        let log = self.log_path();
        self.process = Process::spawn_on_image(&arguments, &log, &data, &image);
        self.address = self.process.address().await;
        self.announce();
        true
    }

    /// Makes the file system read-only, as the kernel does when the disk fails.
    pub fn image_turns_read_only(&mut self) {
        let data = self.data_directory();
        let device = self.process.device_of(&data);
        let switch = format!("/sys/fs/ext4/{device}/trigger_fs_error");
        std::fs::write(switch, "a test").expect("triggered");
    }
}
