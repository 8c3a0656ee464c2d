import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

// One process at a time per file, also when the previous holder was killed: its number in the file tells that it is gone.
export async function withFileLock(file, work) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const began = Date.now();
  let told = false;
  while (!acquire(file)) {
    if (!told && Date.now() - began > 3_000) {
      told = true;
      console.log(`  Waiting for process ${holder(file)}, which holds ${file}`);
    }
    await sleep(100);
  }
  try {
    return await work();
  } finally {
    fs.rmSync(file, { force: true });
  }
}

function acquire(file) {
  try {
    fs.writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    const pid = holder(file);
    // Without a number it is being written just now, or was when the disk was full.
    if (pid ? !alive(pid) : age(file) > 2_000) fs.rmSync(file, { force: true });
    return false;
  }
}

function holder(file) {
  try {
    return Number(fs.readFileSync(file, 'utf8'));
  } catch {
    return 0;
  }
}

const age = (file) => Date.now() - (fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());

function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
