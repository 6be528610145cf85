using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace AgentTeams.Tests;

/// <summary>Safetensors files in memory, right or wrong.</summary>
internal static class SafeTensorsBytes
{
    public static byte[] Of(string header, params byte[] data) => Of(Encoding.UTF8.GetBytes(header), data);

    public static byte[] Of(byte[] header, byte[] data)
    {
        var bytes = new byte[8 + header.Length + data.Length];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, header.Length);
        header.CopyTo(bytes, 8);
        data.CopyTo(bytes, 8 + header.Length);
        return bytes;
    }

    /// <summary>One tensor after a single byte, so that its values are not aligned.</summary>
    public static byte[] OfTensor<T>(string dtype, T[] values)
        where T : unmanaged
    {
        var data = MemoryMarshal.AsBytes(values.AsSpan());
        var header = $$$"""{"pad":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"w":{"dtype":"{{{dtype}}}","shape":[{{{values.Length}}}],"data_offsets":[1,{{{data.Length + 1}}}]}}""";
        return Of(header, [0, .. data]);
    }

    public static SafeTensorsFile Open(byte[] file) => new(new PinnedBytes(file), file.Length, "memory");

    private sealed class PinnedBytes : SafeBuffer
    {
        private GCHandle _pin;

        public PinnedBytes(byte[] bytes)
            : base(ownsHandle: true)
        {
            _pin = GCHandle.Alloc(bytes, GCHandleType.Pinned);
            SetHandle(_pin.AddrOfPinnedObject());
            Initialize((ulong)bytes.Length);
        }

        protected override bool ReleaseHandle()
        {
            _pin.Free();
            return true;
        }
    }
}
