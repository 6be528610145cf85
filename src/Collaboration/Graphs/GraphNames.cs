using System.Text.Json;

namespace AgentTeams.Collaboration;

/// <summary>How graphs write what has a name in code.</summary>
internal static class GraphNames
{
    public static string Of<TEnum>(TEnum value)
        where TEnum : struct, Enum => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());
}
