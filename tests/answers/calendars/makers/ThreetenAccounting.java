import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.Month;
import org.threeten.extra.chrono.AccountingChronology;
import org.threeten.extra.chrono.AccountingChronologyBuilder;
import org.threeten.extra.chrono.AccountingYearDivision;

/**
 * Prints threeten_accounting.csv: the accounting months that ThreeTen-Extra's AccountingChronology gives.
 *
 *     java --class-path threeten-extra.jar tests/answers/calendars/makers/ThreetenAccounting.java \
 *         > tests/answers/calendars/threeten_accounting.csv
 *
 * Needs a JDK, 11 or later, and ThreeTen-Extra: its jar is in Debian's package libthreeten-extra-java.
 */
public final class ThreetenAccounting {
    private static final String[] LAYOUTS = {"4-4-5", "4-5-4", "5-4-4", "13x4"};
    private static final AccountingYearDivision[] DIVISIONS = {
        AccountingYearDivision.QUARTERS_OF_PATTERN_4_4_5_WEEKS,
        AccountingYearDivision.QUARTERS_OF_PATTERN_4_5_4_WEEKS,
        AccountingYearDivision.QUARTERS_OF_PATTERN_5_4_4_WEEKS,
        AccountingYearDivision.THIRTEEN_EVEN_MONTHS_OF_4_WEEKS,
    };
    private static final int[] END_MONTHS = {1, 2, 6, 8, 9, 12};
    private static final int SATURDAY = 5;

    public static void main(String[] arguments) {
        System.out.print("rule,end_month,weekday,layout,extra_week_in,year,starts\n");
        // Long runs: the Saturday nearest to the end of January, the last Friday of September, the Sunday nearest to the
        // end of December.
        print("nearest", 1, SATURDAY, 1, 12, 1900, 2200);
        print("last", 9, 4, 0, 12, 1900, 2200);
        print("nearest", 12, 6, 3, 12, 1900, 2200);
        // Every weekday and six months by both rules; the layouts and the place of the extra week take turns.
        int turn = 0;
        for (String rule : new String[] {"last", "nearest"}) {
            for (int month : END_MONTHS) {
                for (int weekday = 0; weekday < 7; weekday++) {
                    int layout = turn % 4;
                    print(rule, month, weekday, layout, 1 + turn * 5 % months(layout), 2000, 2029);
                    turn++;
                }
            }
        }
        // Every layout with the extra week in every month, for years that end on the last Saturday of July.
        for (int layout = 0; layout < 4; layout++) {
            for (int extra = 1; extra <= months(layout); extra++) {
                print("last", 7, SATURDAY, layout, extra, 2000, 2029);
            }
        }
    }

    private static int months(int layout) {
        return layout == 3 ? 13 : 12;
    }

    /** Prints a row for each year: the first days of its months, and the first day after it. */
    private static void print(String rule, int month, int weekday, int layout, int extra, int from, int to) {
        AccountingChronologyBuilder builder = new AccountingChronologyBuilder()
            .endsOn(DayOfWeek.of(weekday + 1)).withDivision(DIVISIONS[layout]).leapWeekInMonth(extra);
        AccountingChronology chronology =
            (rule.equals("last") ? builder.inLastWeekOf(Month.of(month)) : builder.nearestEndOf(Month.of(month)))
                .toChronology();
        for (int year = from; year <= to; year++) {
            StringBuilder row = new StringBuilder();
            row.append(rule).append(',').append(month).append(',').append(weekday).append(',')
                .append(LAYOUTS[layout]).append(',').append(extra).append(',').append(year).append(',');
            for (int number = 1; number <= months(layout); number++) {
                row.append(LocalDate.from(chronology.date(year, number, 1))).append(' ');
            }
            row.append(LocalDate.from(chronology.date(year + 1, 1, 1))).append('\n');
            System.out.print(row);
        }
    }
}
