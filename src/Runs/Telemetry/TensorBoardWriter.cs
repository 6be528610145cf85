using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace AgentTeams.Runs;

/// <summary>
/// Scalars in a TensorBoard event file: TFRecords (length, masked CRC-32C, data, masked CRC-32C) of <c>tensorflow.Event</c> messages, written by hand, as no
/// library without TensorFlow itself or libtorch writes them.
/// </summary>
internal sealed class TensorBoardWriter : IDisposable
{
    private const uint MaskDelta = 0xa282ead8;
    private readonly FileStream _file;
    private readonly TimeProvider _time;

    public TensorBoardWriter(string directory, TimeProvider time)
    {
        _time = time;
        Directory.CreateDirectory(directory);
        var seconds = time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var number = Directory.EnumerateFiles(directory).Count().ToString(CultureInfo.InvariantCulture);
        _file = new(Path.Combine(directory, $"events.out.tfevents.{seconds}.agentteams.{number}"), FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite);
        Write(0, file => Text(file, 3, "brain.Event:2"));
    }

    /// <summary>Writes what a step or an evaluation measured.</summary>
    public void Add(RunEvent e)
    {
        switch (e)
        {
            case StageStepped stepped:
                Write(stepped.Step, stepped.Metrics.Select(m => ($"{e.Stage}/{m.Key}", m.Value)));
                break;
            case TeamEvaluated { IsRecalled: false } evaluated:
                Write(evaluated.Step, [($"evaluation/{evaluated.Evaluation.Name}", evaluated.Evaluation.Success.Rate)]);
                break;
        }
    }

    public void Dispose() => _file.Dispose();

    private void Write(long step, IEnumerable<(string Tag, double Value)> scalars) => Write(step, file => Message(file, 5, summary =>
    {
        foreach (var (tag, scalar) in scalars)
        {
            Message(summary, 1, value =>
            {
                Text(value, 1, tag);
                Key(value, 2, 5);
                value.Write(BitConverter.GetBytes((float)scalar));
            });
        }
    }));

    private void Write(long step, Action<MemoryStream> what)
    {
        var message = new MemoryStream();
        Key(message, 1, 1);
        message.Write(BitConverter.GetBytes((_time.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds));
        Key(message, 2, 0);
        VarInt(message, (ulong)step);
        what(message);
        var data = message.GetBuffer().AsSpan(0, (int)message.Length);
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, data.Length);
        Span<byte> record = new byte[data.Length + 16];
        length.CopyTo(record);
        BinaryPrimitives.WriteUInt32LittleEndian(record[8..], MaskedCrc(length));
        data.CopyTo(record[12..]);
        BinaryPrimitives.WriteUInt32LittleEndian(record[(12 + data.Length)..], MaskedCrc(data));
        _file.Write(record);
        _file.Flush();
    }

    private static uint MaskedCrc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes) crc = BitOperations.Crc32C(crc, value);
        crc = ~crc;
        return ((crc >> 15) | (crc << 17)) + MaskDelta;
    }

    private static void Message(MemoryStream to, int field, Action<MemoryStream> write)
    {
        var inner = new MemoryStream();
        write(inner);
        Key(to, field, 2);
        VarInt(to, (ulong)inner.Length);
        inner.WriteTo(to);
    }

    private static void Text(MemoryStream to, int field, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Key(to, field, 2);
        VarInt(to, (ulong)bytes.Length);
        to.Write(bytes);
    }

    private static void Key(MemoryStream to, int field, int wireType) => VarInt(to, (ulong)((field << 3) | wireType));

    private static void VarInt(MemoryStream to, ulong value)
    {
        for (; value > 0x7f; value >>= 7) to.WriteByte((byte)(value | 0x80));
        to.WriteByte((byte)value);
    }
}
