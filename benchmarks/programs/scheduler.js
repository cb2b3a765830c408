// An operating system's scheduler, simulated: tasks of five kinds with mailboxes and priorities; method calls.
(() => {
  const TASKS = 24;
  const TICKS = 11000;

  class Message {
    constructor(kind, size, sender) {
      this.kind = kind;
      this.size = size;
      this.sender = sender;
      this.next = null;
    }
  }

  class Mailbox {
    constructor() {
      this.first = null;
      this.last = null;
      this.length = 0;
    }

    put(message) {
      if (this.first === null) this.first = message;
      else this.last.next = message;
      this.last = message;
      this.length++;
    }

    take() {
      const message = this.first;
      this.first = message.next;
      message.next = null;
      this.length--;
      return message;
    }

    get empty() {
      return this.first === null;
    }
  }

  class Task {
    constructor(kernel, number, priority) {
      this.kernel = kernel;
      this.number = number;
      this.priority = priority;
      this.mailbox = new Mailbox();
      this.held = false;
      this.work = 0;
    }

    get ready() {
      return !this.held && !this.mailbox.empty;
    }

    send(to, message) {
      message.sender = this.number;
      this.kernel.deliver(to, message);
    }

    run() {
      const message = this.mailbox.take();
      this.work += message.size;
      this.handle(message);
    }
  }

  class Worker extends Task {
    handle(message) {
      message.size = (message.size * 7 + this.number) % 23;
      this.send(this.kernel.next(this.number + message.size), message);
    }
  }

  class Disk extends Task {
    handle(message) {
      message.kind = "read";
      this.held = true; // until the clock interrupts
      this.send(message.sender, message);
    }
  }

  class Printer extends Task {
    handle(message) {
      message.size = message.kind === "read" ? message.size + 3 : 1;
      message.kind = "print";
      this.send(this.kernel.next(this.work), message);
    }
  }

  class Router extends Task {
    handle(message) {
      const target = this.mailbox.length > 2 ? this.number + 1 : this.number + 5 + (this.work % 7);
      this.send(this.kernel.next(target), message);
    }
  }

  class Clock extends Task {
    handle(message) {
      this.kernel.releaseAll();
      message.size = (message.size + 5) % 17;
      this.send(this.kernel.next(message.size * 3), message);
    }
  }

  class Kernel {
    constructor() {
      const kinds = [Worker, Disk, Router, Printer, Worker, Clock];
      this.tasks = [];
      for (let i = 0; i < TASKS; i++) this.tasks.push(new kinds[i % kinds.length](this, i, (i * 5) % 8));
      this.current = 0;
      this.deliveries = 0;
    }

    next(number) {
      return number % TASKS;
    }

    deliver(to, message) {
      this.deliveries++;
      this.tasks[to].mailbox.put(message);
    }

    releaseAll() {
      for (const task of this.tasks) task.held = false;
    }

    /** Of the tasks that are ready the one of highest priority, from the one after the last that ran. */
    choose() {
      let best = null;
      for (let i = 1; i <= TASKS; i++) {
        const task = this.tasks[(this.current + i) % TASKS];
        if (task.ready && (best === null || task.priority > best.priority)) best = task;
        if (best !== null && i > 8) break;
      }
      return best;
    }

    run(ticks) {
      for (let tick = 0; tick < ticks; tick++) {
        const task = this.choose();
        if (task === null) {
          this.releaseAll();
          continue;
        }
        this.current = task.number;
        task.run();
      }
    }
  }

  const kernel = new Kernel();
  for (let i = 0; i < 40; i++) kernel.deliver(i % TASKS, new Message("start", i % 11, 0));
  kernel.run(TICKS);
  return kernel.tasks.reduce((sum, task) => (sum * 33 + task.work) % 1000003, kernel.deliveries);
})();
