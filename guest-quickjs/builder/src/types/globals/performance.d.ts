interface PerformanceMarkOptions {
    detail?: any;
    startTime?: number;
}
interface PerformanceMeasureOptions {
    detail?: any;
    start?: string | number;
    duration?: number;
    end?: string | number;
}

declare class Performance extends EventTarget {
    private constructor();
    readonly timeOrigin: number;
    now(): number;
    clearMarks(markName?: string): void;
    clearMeasures(measureName?: string): void;
    getEntries(): PerformanceEntry[];
    getEntriesByName(name: string, type?: string): PerformanceEntry[];
    getEntriesByType(type: string): PerformanceEntry[];
    mark(markName: string, markOptions?: PerformanceMarkOptions): PerformanceMark;
    measure(measureName: string, startOrMeasureOptions?: string | PerformanceMeasureOptions, endMark?: string): PerformanceMeasure;
    toJSON(): any;
}
declare var performance: Performance;

declare class PerformanceEntry {
    protected constructor();
    readonly duration: number;
    readonly entryType: string;
    readonly name: string;
    readonly startTime: number;
    toJSON(): any;
}
declare class PerformanceMark extends PerformanceEntry {
    constructor(markName: string, markOptions?: PerformanceMarkOptions);
    readonly detail: any;
}
declare class PerformanceMeasure extends PerformanceEntry {
    private constructor();
    readonly detail: any;
}

declare class PerformanceObserver {
    constructor(callback: (entries: PerformanceObserverEntryList, observer: PerformanceObserver) => unknown);
    static readonly supportedEntryTypes: readonly string[];
    disconnect(): void;
    observe(options: { entryTypes: string[] } | { type: string; buffered?: boolean }): void;
    takeRecords(): PerformanceEntry[];
}
declare class PerformanceObserverEntryList {
    private constructor();
    getEntries(): PerformanceEntry[];
    getEntriesByName(name: string, type?: string): PerformanceEntry[];
    getEntriesByType(type: string): PerformanceEntry[];
}
