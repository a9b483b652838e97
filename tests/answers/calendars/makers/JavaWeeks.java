import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.temporal.WeekFields;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Prints java_weeks.csv: the weeks that java.time's WeekFields gives, for each first day and number of minimal days.
 *
 *     java tests/answers/calendars/makers/JavaWeeks.java > tests/answers/calendars/java_weeks.csv
 *
 * Needs nothing but a JDK, 11 or later.
 */
public final class JavaWeeks {
    public static void main(String[] arguments) {
        StringBuilder table = new StringBuilder("first_day,min_days,day,week_year,week\n");
        for (DayOfWeek first : DayOfWeek.values()) {
            for (int minimal = 1; minimal <= 7; minimal++) {
                WeekFields weeks = WeekFields.of(first, minimal);
                boolean usual = weeks.equals(WeekFields.ISO) || weeks.equals(WeekFields.SUNDAY_START);
                for (LocalDate day : days(usual)) {
                    table.append(first.getValue() - 1).append(',').append(minimal).append(',').append(day).append(',')
                        .append(day.get(weeks.weekBasedYear())).append(',')
                        .append(day.get(weeks.weekOfWeekBasedYear())).append('\n');
                }
            }
        }
        System.out.print(table);
    }

    /** The days around the new years of every eleventh year and of 2015 to 2027, and odd days; more for the usual weeks. */
    private static SortedSet<LocalDate> days(boolean usual) {
        SortedSet<LocalDate> days = new TreeSet<>();
        for (int year = 1901; year <= 2200; year++) {
            if (year % 11 == 0 || year >= 2015 && year <= 2027 || year == 1901 || year == 2200
                || usual && year >= 1995 && year <= 2035) {
                for (int offset = -5; offset < 8; offset++) {
                    days.add(LocalDate.of(year, 1, 1).plusDays(offset));
                }
            }
            if (year % 20 == 3) {
                days.add(LocalDate.of(year, 1, 1).plusDays(20 + year * 37 % 320));
            }
        }
        return days;
    }
}
