using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace AgentTeams;

/// <summary>A seed as JSON: a number while every reader keeps its digits, and a text beyond 53 bits, which those that count in doubles would round.</summary>
internal sealed class SeedConverter : JsonConverter<long>
{
    private const long Exact = 1L << 53;

    public override long Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType != JsonTokenType.String ? reader.GetInt64()
        : long.TryParse(reader.GetString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seed) ? seed
        : throw new JsonException($"The seed '{reader.GetString()}' is no whole number of 64 bits.");

    public override void Write(Utf8JsonWriter writer, long value, JsonSerializerOptions options)
    {
        if (value is >= -Exact and <= Exact) writer.WriteNumberValue(value);
        else writer.WriteStringValue(value.ToString(CultureInfo.InvariantCulture));
    }
}
