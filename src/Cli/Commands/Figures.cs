using System.Globalization;

namespace AgentTeams.Cli;

/// <summary>Figures as texts.</summary>
internal static class Figures
{
    public static string Whole(long value) => value.ToString(CultureInfo.InvariantCulture);

    public static string Number(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);
}
