/** Reports read since the server started, the newest first, so that pages and comparisons need not read them again. */
import type { KernelProfile, ProfileReport } from '../../../protocol/src/profile';

/** A report with lines takes some megabytes at most. */
const mostReports = 20;

export class Reports {
  #reports: ProfileReport[] = [];
  #next = 1;

  add(report: Omit<ProfileReport, 'id' | 'status'>): ProfileReport {
    const added: ProfileReport = { status: 'ok', id: String(this.#next++), ...report };
    this.#reports = [added, ...this.#reports].slice(0, mostReports);
    return added;
  }

  all(): readonly ProfileReport[] {
    return this.#reports;
  }

  find(id: string, index: number): { readonly report: ProfileReport; readonly profile: KernelProfile } | undefined {
    const report = this.#reports.find((each) => each.id === id);
    const profile = report?.kernels[index];
    return report === undefined || profile === undefined ? undefined : { report, profile };
  }
}
