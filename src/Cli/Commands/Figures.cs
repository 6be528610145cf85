using System.Globalization;

namespace AgentTeams.Cli;

/// <summary>Figures as texts.</summary>
internal static class Figures
{
    public static string Percent(double share) => double.IsNaN(share) ? "none" : string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.0} %");

    public static string Whole(long value) => value.ToString(CultureInfo.InvariantCulture);

    public static string Number(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);
}
