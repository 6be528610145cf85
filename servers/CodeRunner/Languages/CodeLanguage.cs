using System.Text.Json.Serialization;

namespace AgentTeams.Servers;

/// <summary>The languages that can be run.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CodeLanguage>))]
internal enum CodeLanguage
{
    [JsonStringEnumMemberName("python")]
    Python,

    [JsonStringEnumMemberName("javascript")]
    JavaScript,

    [JsonStringEnumMemberName("csharp")]
    CSharp,
}
